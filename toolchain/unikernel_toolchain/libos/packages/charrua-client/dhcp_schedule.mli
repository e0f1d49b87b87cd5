(** When a DHCP client repeats itself, renews its lease and gives up (RFC 2131,
    sections 4.1 and 4.4.5): state, time and input to state and events.

    Times are monotonic nanoseconds. Requests are repeated after 1, 2, 4 and 8
    seconds; a request that stays without an answer begins anew with a
    DISCOVER, and after {!max_attempts} of these in a row without any lease
    the client gives up. Once it had a lease it never gives up. *)

type t

type event =
  | Send of Dhcp_message.pkt
  | Bound of Dhcp_message.pkt  (** a lease, new or extended *)
  | Expired  (** the lease held is over *)
  | Gave_up of string  (** what was tried, for people *)

val max_attempts : int

val start :
  ?requests:Dhcp_option_code.option_code list ->
  ?renew:bool ->
  now:int64 ->
  xid:int32 ->
  Macaddr.t ->
  t * event list
(** Without [renew] (default true) a lease is never extended, and never
    over. *)

val input : t -> now:int64 -> Cstruct.t -> t * event list
(** An Ethernet frame. *)

val tick : t -> now:int64 -> t * event list
(** Does what is due at [now]. *)

val deadline : t -> int64 option
(** When {!tick} has something to do; [None] when nothing ever, unless input
    comes. *)

val lease : t -> Dhcp_message.pkt option

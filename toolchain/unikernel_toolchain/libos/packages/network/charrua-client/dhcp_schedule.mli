(** When a DHCP client repeats itself, renews its lease and gives up (RFC 2131,
    sections 4.1 and 4.4.5), and how it looks whether an address is free (RFC
    5227, section 2.1): state, time and input to state and events.

    Times are monotonic nanoseconds. What stays without an answer, or is refused,
    is begun anew with a DISCOVER, after a pause that doubles from one second up to
    64 (8 before the first lease) and is varied at random. After {!max_attempts} in
    a row without any lease the client gives up. Once it had a lease it never gives
    up.

    An address is probed by ARP while it is being requested, and used once the
    server has granted it and {!probe_ns} have passed in silence. Two more probes
    follow while it is in use. When somebody has it, the client declines it and
    begins anew after ten seconds or more. *)

type t

type event =
  | Send of Dhcp_message.pkt
  | Probe of Ipaddr.V4.t  (** ask by ARP who has it, in nobody's name *)
  | Bound of Dhcp_message.pkt  (** a lease, new or extended *)
  | Declined of Ipaddr.V4.t  (** somebody has what was offered *)
  | Lost of string  (** the lease held must not be used any more: why *)
  | Refused of string option  (** a request was; with the server's own words *)
  | Gave_up of string  (** what was tried, for people *)

val max_attempts : int

val probe_ns : int64
(** How long the first probe is waited for. RFC 5227 has seconds of waiting, in
    which a unikernel has booted, answered and ended; a host on the same link
    answers within a millisecond, and the later probes find those that sleep. *)

val start :
  ?requests:Dhcp_option_code.option_code list ->
  ?renew:bool ->
  now:int64 ->
  xid:int32 ->
  Macaddr.t ->
  t * event list
(** Without [renew] (default true) a lease is never extended, and never
    over. What is random comes from [xid]. *)

val input : t -> now:int64 -> Cstruct.t -> t * event list
(** An Ethernet frame. What is due at [now] is done first. *)

val arp : t -> now:int64 -> Arp_packet.t -> t * event list
(** An ARP packet that the station heard. *)

val tick : t -> now:int64 -> t * event list
(** Does what is due at [now]. *)

val deadline : t -> int64 option
(** When {!tick} has something to do; [None] when nothing ever, unless input
    comes. *)

val lease : t -> Dhcp_message.pkt option
(** That may be used. *)

val expires_at : t -> int64 option
(** When it must not be used any more; [None] when there is none, or it has no
    end. *)

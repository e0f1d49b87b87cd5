(** Addresses that are lent, and until when. Times are seconds of any clock that
    does not go backwards. *)

type t = {
  tm_start : int32;
  tm_end : int32;  (** no longer valid then *)
  addr : Ipaddr.V4.t;
  client_id : Dhcp_wire.client_id;
}

val sexp_of_t : t -> Sexplib0.Sexp.t
val t_of_sexp : Sexplib0.Sexp.t -> t

val make : Dhcp_wire.client_id -> Ipaddr.V4.t -> duration:int32 -> now:int32 -> t
(** For [duration] seconds from [now] on, or as long as there are numbers. *)

val make_fixed : Macaddr.t -> Ipaddr.V4.t -> duration:int32 -> now:int32 -> t
(** {!make} for a host that is known by its hardware address. *)

val timeleft : t -> now:int32 -> int32
(** 0 when it is over. *)

val timeleft_exn : t -> now:int32 -> int32
(** @raise Invalid_argument when it is over. *)

val timeleft3 : t -> float -> float -> now:int32 -> int32 * int32 * int32
(** [timeleft3 t a b ~now] is {!timeleft}, and these parts of it: when to renew
    and when to rebind. *)

val extend : t -> now:int32 -> t
(** As long again, from [now] on. *)

val expired : t -> now:int32 -> bool
val to_string : t -> string

(** {1 Many leases} *)

type database
(** At most one lease for a client, and one for an address. A value: what adds or
    removes gives another. *)

val make_db : unit -> database
val to_list : database -> t list
(** By address. *)

val count : database -> int
val garbage_collect : database -> now:int32 -> database
(** Without those that are over. *)

val remove : t -> database -> database
(** What the database has for the lease's client and address, if it is one. *)

val replace : t -> database -> database
(** With this one, instead of its client's and its address's. *)

val lease_of_client_id : Dhcp_wire.client_id -> database -> t option
val lease_of_addr : Ipaddr.V4.t -> database -> t option
val addr_allocated : Ipaddr.V4.t -> database -> bool
(** Whether there is a lease, which may be over. *)

val addr_available : Ipaddr.V4.t -> database -> now:int32 -> bool
(** Whether there is no lease, or one that is over. *)

val offer :
  Dhcp_wire.client_id -> Ipaddr.V4.t -> database -> until:int32 -> now:int32 -> most:int -> database
(** Others are not offered this address until then, unless there is no other. No
    more than [most] offers are remembered. *)

val offered_to_another : Dhcp_wire.client_id -> Ipaddr.V4.t -> database -> now:int32 -> bool

val usable_addr :
  ?reserved:(Ipaddr.V4.t -> bool) ->
  Dhcp_wire.client_id ->
  database ->
  (Ipaddr.V4.t * Ipaddr.V4.t) option ->
  now:int32 ->
  Ipaddr.V4.t option
(** An address for the client out of the range: that of its last lease, or the
    one that it was offered; another one that is not lent, offered or reserved;
    then one whose lease is over, and at last one that was only offered to
    somebody. *)

val get_usable_addr :
  Dhcp_wire.client_id ->
  database ->
  (Ipaddr.V4.t * Ipaddr.V4.t) option ->
  now:int32 ->
  Ipaddr.V4.t option
(** {!usable_addr} with nothing reserved. *)

(** Addresses that were offered and not yet requested, for so long as an answer
    may take. *)

module Clients : Map.S with type key = Dhcp_wire.client_id
module Addresses : Map.S with type key = Ipaddr.V4.t

type t

val none : t

val add :
  Dhcp_wire.client_id -> Ipaddr.V4.t -> t -> until:int32 -> now:int32 -> most:int -> t
(** One offer a client. When there are [most], those that are over go; when that
    does not help, the new one is not remembered. *)

val remove : Dhcp_wire.client_id -> t -> t
val of_client : Dhcp_wire.client_id -> t -> now:int32 -> Ipaddr.V4.t option
val is_another's : Dhcp_wire.client_id -> Ipaddr.V4.t -> t -> now:int32 -> bool

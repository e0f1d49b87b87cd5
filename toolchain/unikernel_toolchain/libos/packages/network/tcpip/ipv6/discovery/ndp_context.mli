(** What a host knows of its link, and what it asks and tells there. *)

module Fragments : sig
  type key = Ipaddr.V6.t * Ipaddr.V6.t * int32

  include Ip_reassembly.CACHE with type key := key
end

type notification =
  | Resolved of Ipaddr.V6.t * Macaddr.t option
  (** a neighbour that was being asked for has this address, or does not
      answer *)
  | Name_servers of Ipaddr.V6.t * Ndp_name_servers.servers
  (** what this router says now, in place of what it said before *)

type solicitation = { next_at : int64; interval : int64; last_at : int64 }
(** When routers are asked for next, how long after that again, and when they
    were last. *)

type t = {
  mac : Macaddr.t;
  handle_ra : bool;  (** whether routers are listened to *)
  salt : int;  (** at random *)
  addresses : Ndp_addresses.t;
  invalid : Ipaddr.V6.t list;  (** those that were ours; the last ones *)
  routes : Ndp_routes.t;
  cache : Ndp_cache.t;
  timing : Ndp_timing.t;
  hop_limit : int;  (** for packets that ask for no other *)
  mtu : int option;  (** as a router told *)
  fragments : Fragments.t;
  groups : Mld_listener.t;
  name_servers : Ndp_name_servers.t;
  solicitation : solicitation;
  solicitations : Token_bucket.t;  (** first solicitations of neighbours *)
  advertisements : Token_bucket.t;  (** neighbour advertisements *)
  errors : Token_bucket.t;  (** ICMPv6 *)
  warnings : Token_bucket.t;
  new_addresses : Token_bucket.t;
  wake_at : int64;  (** before then, time alone changes nothing *)
  notifications : notification list;  (** the latest first *)
}

val create : handle_ra:bool -> now:int64 -> salt:int -> Macaddr.t -> t
(** Bounds are parts of {!Memory_size}. *)

val solicitations_per_second : int
val advertisements_per_second : int
val errors_per_second : int

val share : t -> now:int64 -> int
(** From 0 to {!Ndp_timing.shares}, at random. *)

val below : t -> now:int64 -> int64 -> int64
val nonce : t -> now:int64 -> string

val is_invalid : t -> Ipaddr.V6.t -> bool
(** Whether the address was ours, and is not any more. *)

val accepts : t -> Ipaddr.V6.t -> bool
(** Whether packets to this address are for us. *)

val solicit : t -> ?station:Macaddr.t -> Ipaddr.V6.t -> Ndp_packets.output list
(** Who has this address? All are asked, or the station. *)

val solicit_all_routers : t -> Ndp_packets.output

val advertisement : t -> dst:Ipaddr.V6.t -> Ipaddr.V6.t -> Cstruct.t
(** The packet that tells somebody, or all nodes, that we have this
    address. *)

val reachable : t -> Ipaddr.V6.t -> bool
(** Whether the neighbour's station is known. *)

val set_neighbour :
  t -> confirmed:bool -> Ipaddr.V6.t -> Ndp_neighbour.t -> t * Ndp_packets.output list
(** With what waited for it. [confirmed]: by an answer to what we asked. *)

val wake_by : t -> int64 -> t
(** At this time at the latest, time changes something. *)

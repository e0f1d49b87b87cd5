(** DNS records as MirageOS 3.9's [Dns] names them: what a resolver's client
    needs of it. Zone transfer, update, signatures and EDNS are not here. *)

type proto = [ `Tcp | `Udp ]

module Soa : sig
  type t = Dns_record.soa = {
    nameserver : [ `raw ] Domain_name.t;
    hostmaster : [ `raw ] Domain_name.t;
    serial : int32;
    refresh : int32;
    retry : int32;
    expiry : int32;
    minimum : int32;
  }

  val pp : t Fmt.t
end

module Mx : sig
  type t = { preference : int; mail_exchange : [ `host ] Domain_name.t }

  val compare : t -> t -> int
end

module Srv : sig
  type t = {
    priority : int;
    weight : int;
    port : int;
    target : [ `host ] Domain_name.t;
  }

  val compare : t -> t -> int
end

module Rr_map : sig
  module Mx_set : Set.S with type elt = Mx.t
  module Txt_set : Set.S with type elt = string
  module Ipv4_set : Set.S with type elt = Ipaddr.V4.t
  module Ipv6_set : Set.S with type elt = Ipaddr.V6.t
  module Srv_set : Set.S with type elt = Srv.t

  type 'a with_ttl = int32 * 'a

  type _ rr =
    | Soa : Soa.t rr
    | Ns : Domain_name.Host_set.t with_ttl rr
    | Mx : Mx_set.t with_ttl rr
    | Cname : [ `raw ] Domain_name.t with_ttl rr
    | A : Ipv4_set.t with_ttl rr
    | Aaaa : Ipv6_set.t with_ttl rr
    | Ptr : [ `host ] Domain_name.t with_ttl rr
    | Srv : Srv_set.t with_ttl rr
    | Txt : Txt_set.t with_ttl rr

  type 'a key = 'a rr

  val kind : 'a key -> int
  (** Its number on the wire. *)

  val of_records : 'a key -> Dns_record.t list -> 'a option
  (** The value these records make together, those of other types left out;
      [None] when none is left. The smallest time to live counts. *)
end

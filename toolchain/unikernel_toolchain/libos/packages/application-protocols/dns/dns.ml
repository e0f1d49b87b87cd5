type proto = [ `Tcp | `Udp ]

module Soa = struct
  type t = Dns_record.soa = {
    nameserver : [ `raw ] Domain_name.t;
    hostmaster : [ `raw ] Domain_name.t;
    serial : int32;
    refresh : int32;
    retry : int32;
    expiry : int32;
    minimum : int32;
  }

  let pp ppf t =
    Fmt.pf ppf "SOA %a %a %lu %lu %lu %lu %lu" Domain_name.pp t.nameserver
      Domain_name.pp t.hostmaster t.serial t.refresh t.retry t.expiry t.minimum
end

module Mx = struct
  type t = { preference : int; mail_exchange : [ `host ] Domain_name.t }

  let compare a b =
    match Int.compare a.preference b.preference with
    | 0 -> Domain_name.compare a.mail_exchange b.mail_exchange
    | c -> c
end

module Srv = struct
  type t = {
    priority : int;
    weight : int;
    port : int;
    target : [ `host ] Domain_name.t;
  }

  let compare a b =
    match compare (a.priority, a.weight, a.port) (b.priority, b.weight, b.port) with
    | 0 -> Domain_name.compare a.target b.target
    | c -> c
end

(* MirageOS's keys: the type of a record says what its values look like, so that asking
   for A gives IPv4 addresses without a match on the rest. *)
module Rr_map = struct
  module Mx_set = Set.Make (Mx)
  module Txt_set = Set.Make (String)
  module Ipv4_set = Set.Make (Ipaddr.V4)
  module Ipv6_set = Set.Make (Ipaddr.V6)
  module Srv_set = Set.Make (Srv)

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

  let kind (type a) (key : a key) =
    match key with
    | Soa -> Dns_wire.soa
    | Ns -> Dns_wire.ns
    | Mx -> Dns_wire.mx
    | Cname -> Dns_wire.cname
    | A -> Dns_wire.a
    | Aaaa -> Dns_wire.aaaa
    | Ptr -> Dns_wire.ptr
    | Srv -> Dns_wire.srv
    | Txt -> Dns_wire.txt

  let lower a b = if Int32.unsigned_compare a b < 0 then a else b

  (* The records that [pick] knows, with the smallest time to live. *)
  let picked pick records =
    let add (r : Dns_record.t) (ttl, values) =
      match pick r.data with
      | Some value -> (lower ttl r.ttl, value :: values)
      | None -> (ttl, values)
    in
    match List.fold_right add records (Int32.minus_one, []) with
    | _, [] -> None
    | found -> Some found

  let set of_list pick records =
    Option.map (fun (ttl, values) -> (ttl, of_list values)) (picked pick records)

  let first pick records =
    Option.map (fun (ttl, values) -> (ttl, List.hd values)) (picked pick records)

  (* Names that are no host names are left out. *)
  let host name = Result.to_option (Domain_name.host name)
  let soa = function Dns_record.Soa s -> Some s | _ -> None
  let ns = function Dns_record.Ns name -> host name | _ -> None
  let cname = function Dns_record.Cname name -> Some name | _ -> None
  let a = function Dns_record.A ip -> Some ip | _ -> None
  let aaaa = function Dns_record.Aaaa ip -> Some ip | _ -> None
  let ptr = function Dns_record.Ptr name -> host name | _ -> None
  let txt = function Dns_record.Txt texts -> Some (String.concat "" texts) | _ -> None

  let mx = function
    | Dns_record.Mx (preference, name) ->
        Option.map (fun mail_exchange -> { Mx.preference; mail_exchange }) (host name)
    | _ -> None

  let srv = function
    | Dns_record.Srv { priority; weight; port; target } ->
        Option.map (fun target -> { Srv.priority; weight; port; target }) (host target)
    | _ -> None

  let of_records (type a) (key : a key) records : a option =
    match key with
    | Soa -> Option.map snd (first soa records)
    | Ns -> set Domain_name.Host_set.of_list ns records
    | Mx -> set Mx_set.of_list mx records
    | Cname -> first cname records
    | A -> set Ipv4_set.of_list a records
    | Aaaa -> set Ipv6_set.of_list aaaa records
    | Ptr -> first ptr records
    | Srv -> set Srv_set.of_list srv records
    | Txt -> set Txt_set.of_list txt records
end

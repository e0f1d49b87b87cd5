open Dns

type 'a t = { id : int; name : Dns_name.t; key : 'a Rr_map.key }

let make ~id name key =
  let name = Domain_name.raw name in
  let packet = Dns_packet.query ~id name (Rr_map.kind key) in
  (Dns_packet.marshal packet, { id; name; key })

type 'a answer =
  [ `Data of 'a
  | `Truncated
  | `No_data of [ `raw ] Domain_name.t * Soa.t
  | `No_domain of [ `raw ] Domain_name.t * Soa.t ]

let answers t (p : Dns_packet.t) =
  let name, kind, klass = p.question in
  p.id = t.id
  && p.flags land Dns_wire.reply <> 0
  && Dns_wire.opcode p.flags = 0
  && Domain_name.equal name t.name
  && kind = Rr_map.kind t.key
  && klass = Dns_wire.class_in

let of_name name (record : Dns_record.t) = Domain_name.equal record.name name

(* Each step uses up at least one of the records, so a ring of aliases ends. *)
let rec follow t name records =
  let own, others = List.partition (of_name name) records in
  match (Rr_map.of_records t.key own, Rr_map.of_records Rr_map.Cname own) with
  | (Some _ as found), _ -> found
  | None, Some (_, alias) -> follow t alias others
  | None, None -> None

let soa (p : Dns_packet.t) =
  let found (r : Dns_record.t) =
    match r.data with Soa soa -> Some (r.name, soa) | _ -> None
  in
  let name, _, _ = p.question in
  let zero = 0l in
  let none =
    {
      Soa.nameserver = name;
      hostmaster = name;
      serial = zero;
      refresh = zero;
      retry = zero;
      expiry = zero;
      minimum = zero;
    }
  in
  Option.value (List.find_map found p.authority) ~default:(name, none)

let no_error = 0
let no_such_domain = 3

let read t message =
  match Dns_packet.parse message with
  | Error why -> Error (`Msg ("malformed answer: " ^ why))
  | Ok p when not (answers t p) -> Error `Not_ours
  | Ok p when p.flags land Dns_wire.truncated <> 0 -> Ok `Truncated
  | Ok p when Dns_wire.rcode p.flags = no_such_domain -> Ok (`No_domain (soa p))
  | Ok p when Dns_wire.rcode p.flags <> no_error ->
      Error (`Msg (Fmt.str "the name server refused with code %d" (Dns_wire.rcode p.flags)))
  | Ok p -> (
      match follow t t.name p.answers with
      | Some value -> Ok (`Data value)
      | None -> Ok (`No_data (soa p)))

let ttl_s (type a) (key : a Rr_map.key) (value : a) =
  match key with
  | Soa -> value.minimum
  | Ns -> fst value
  | Mx -> fst value
  | Cname -> fst value
  | A -> fst value
  | Aaaa -> fst value
  | Ptr -> fst value
  | Srv -> fst value
  | Txt -> fst value

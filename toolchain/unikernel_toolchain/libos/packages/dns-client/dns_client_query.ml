open Dns

type 'a t = { id : int; name : Dns_name.t; key : 'a Rr_map.key }

let longest_s = 86_400
let longest_negative_s = 3 * 3600

let make ~id name key =
  let name = Domain_name.raw name in
  let packet = Dns_packet.query ~id name (Rr_map.kind key) in
  (Dns_packet.marshal packet, { id; name; key })

type 'a answer =
  [ `Data of 'a
  | `No_data of [ `raw ] Domain_name.t * Soa.t
  | `No_domain of [ `raw ] Domain_name.t * Soa.t
  | `Alias of Dns_name.t
  | `Truncated ]

(* {2 Whose answer it is} *)

(* Told by the header alone, so that a flood of guesses costs little and may be
   malformed: whoever does not know the id is not the server. *)
let may_be_ours t message =
  Cstruct.length message >= Dns_wire.sizeof_header
  && Dns_wire.get_id message = t.id
  &&
  let flags = Dns_wire.get_flags message in
  flags land Dns_wire.reply <> 0 && Dns_wire.opcode flags = 0

let answers t (p : Dns_packet.t) =
  let name, kind, klass = p.question in
  Domain_name.equal name t.name
  && kind = Rr_map.kind t.key
  && klass = Dns_wire.class_in

(* {2 What it says} *)

let of_name name (record : Dns_record.t) = Domain_name.equal record.name name

let lowest_ttl kind records =
  let lower ttl (r : Dns_record.t) =
    if Dns_record.kind r.data = kind then Int.min ttl (Int32.to_int r.ttl) else ttl
  in
  List.fold_left lower max_int records

(* Each step uses up at least one of the records, so a ring of aliases ends. *)
let rec follow t name records ~ttl =
  let own, others = List.partition (of_name name) records in
  match (Rr_map.of_records t.key own, Rr_map.of_records Rr_map.Cname own) with
  | Some value, _ -> Ok (value, Int.min ttl (lowest_ttl (Rr_map.kind t.key) own))
  | None, Some (alias_ttl, alias) ->
      follow t alias others ~ttl:(Int.min ttl (Int32.to_int alias_ttl))
  | None, None -> Error (name, ttl)

let no_soa name =
  {
    Soa.nameserver = name;
    hostmaster = name;
    serial = 0l;
    refresh = 0l;
    retry = 0l;
    expiry = 0l;
    minimum = 0l;
  }

(* The zone that says no, and for how long it may be believed. One that the name
   is not in has no say. *)
let zone (p : Dns_packet.t) name =
  let found (r : Dns_record.t) =
    match r.data with
    | Soa soa when Domain_name.is_subdomain ~subdomain:name ~domain:r.name ->
        let minimum = Int32.to_int (Int32.max 0l soa.minimum) in
        Some ((r.name, soa), Int.min minimum (Int32.to_int r.ttl))
    | _ -> None
  in
  List.find_map found p.authority

let negative t (p : Dns_packet.t) (last, ttl) =
  match zone p last with
  | Some (soa, granted) -> (soa, Int.min longest_negative_s (Int.min ttl granted))
  | None -> ((t.name, no_soa t.name), 0)

let no_error = 0
let no_such_domain = 3

let data t (p : Dns_packet.t) =
  match follow t t.name p.answers ~ttl:longest_s with
  | Ok (value, ttl) -> (`Data value, ttl)
  | Error (last, ttl) -> (
      let soa, granted = negative t p (last, ttl) in
      match zone p last with
      | None when not (Domain_name.equal last t.name) -> (`Alias last, ttl)
      | Some _ | None -> (`No_data soa, granted))

let no_domain t (p : Dns_packet.t) =
  match follow t t.name p.answers ~ttl:longest_s with
  | Ok (_, ttl) -> negative t p (t.name, ttl)
  | Error ended -> negative t p ended

let read_ours t (p : Dns_packet.t) =
  if p.flags land Dns_wire.truncated <> 0 then Ok (`Truncated, 0)
  else
    match Dns_wire.rcode p.flags with
    | code when code = no_such_domain ->
        let soa, ttl = no_domain t p in
        Ok (`No_domain soa, ttl)
    | code when code = no_error -> Ok (data t p)
    | code -> Error (`Msg (Fmt.str "the name server refused with code %d" code))

let read t message =
  if not (may_be_ours t message) then Error `Not_ours
  else
    match Dns_packet.parse message with
    | Error why -> Error (`Msg ("malformed answer: " ^ why))
    | Ok p when not (answers t p) -> Error `Not_ours
    | Ok p -> read_ours t p

(* What an answer says of a question. It counts only when identifier, question and flags
   are ours (RFC 5452, section 9.1); aliases are followed within it (RFC 1034, section
   3.6.2); that something does not exist is kept for as long as its zone's SOA allows
   (RFC 2308, section 5). Times to live are cut to a day. *)

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

let answers t (name, kind, klass) =
  Domain_name.equal name t.name
  && kind = Rr_map.kind t.key
  && klass = Dns_wire.class_in

(* All that some servers send to say that they did not understand. *)
let is_bare_error message =
  Cstruct.length message = Dns_wire.sizeof_header
  && Dns_wire.get_count message 0 = 0
  && Dns_wire.rcode (Dns_wire.get_flags message) <> 0

(* {2 What it says} *)

let of_name name (record : Dns_record.t) = Domain_name.equal record.name name

let lowest_ttl kind records =
  let lower ttl (r : Dns_record.t) =
    if Dns_record.kind r.data = kind then Int.min ttl (Int32.to_int r.ttl) else ttl
  in
  List.fold_left lower max_int records

(* Each step uses up at least one of the records, so a ring of aliases ends: at
   a name whose records are among those [used] before. *)
let rec follow ?(used = []) t name records ~ttl =
  let own, others = List.partition (of_name name) records in
  match (Rr_map.of_records t.key own, Rr_map.of_records Rr_map.Cname own) with
  | Some value, _ -> Ok (value, Int.min ttl (lowest_ttl (Rr_map.kind t.key) own))
  | None, Some (alias_ttl, alias) ->
      let used = List.rev_append own used in
      follow ~used t alias others ~ttl:(Int.min ttl (Int32.to_int alias_ttl))
  | None, None when List.exists (of_name name) used -> Error `Loop
  | None, None -> Error (`Ends (name, ttl))

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

let negative t p last ~ttl =
  match zone p last with
  | Some (soa, granted) -> (soa, Int.min longest_negative_s (Int.min ttl granted))
  | None -> ((t.name, no_soa t.name), 0)

let no_error = 0
let no_such_domain = 3

let fail why = Error (`Msg why)

(* "No such record" is a zone's to say, or the silence of an answer that holds
   nothing; one that speaks of other names only has not been about this one. *)
let data t (p : Dns_packet.t) =
  match follow t t.name p.answers ~ttl:longest_s with
  | Ok (value, ttl) -> Ok (`Data value, ttl)
  | Error `Loop -> fail (Fmt.str "the aliases of %a lead back to themselves" Domain_name.pp t.name)
  | Error (`Ends (last, ttl)) -> (
      let is_alias = not (Domain_name.equal last t.name) in
      match zone p last with
      | None when is_alias -> Ok (`Alias last, ttl)
      | None when p.answers <> [] && not (List.exists (of_name last) p.answers) ->
          fail "the answer is about other names"
      | Some _ | None ->
          let soa, granted = negative t p last ~ttl in
          Ok (`No_data soa, granted))

let no_domain t (p : Dns_packet.t) =
  match follow t t.name p.answers ~ttl:longest_s with
  | Ok (_, ttl) -> negative t p t.name ~ttl
  | Error `Loop -> negative t p t.name ~ttl:0
  | Error (`Ends (last, ttl)) -> negative t p last ~ttl

let refused code = fail (Fmt.str "the name server refused with code %d" code)

let read_ours t (p : Dns_packet.t) =
  if p.flags land Dns_wire.truncated <> 0 then Ok (`Truncated, 0)
  else
    match Dns_wire.rcode p.flags with
    | code when code = no_such_domain ->
        let soa, ttl = no_domain t p in
        Ok (`No_domain soa, ttl)
    | code when code = no_error -> data t p
    | code -> refused code

let read t message =
  if not (may_be_ours t message) then Error `Not_ours
  else
    match Dns_packet.question message with
    | Error _ when is_bare_error message -> refused (Dns_wire.rcode (Dns_wire.get_flags message))
    | Ok question when answers t question -> (
        match Dns_packet.parse message with
        | Error why -> fail ("malformed answer: " ^ why)
        | Ok p -> read_ours t p)
    | Ok _ | Error _ -> Error `Not_ours

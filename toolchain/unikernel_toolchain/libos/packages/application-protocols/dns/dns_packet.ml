type t = {
  id : int;
  flags : int;
  question : Dns_name.t * int * int;
  answers : Dns_record.t list;
  authority : Dns_record.t list;
  additional : Dns_record.t list;
}

let ( let* ) = Result.bind

let query ~id name kind =
  {
    id;
    flags = Dns_wire.recursion_desired;
    question = (name, kind, Dns_wire.class_in);
    answers = [];
    authority = [];
    additional = [];
  }

(* {2 Parsing} *)

let question_bytes = 4

let question_at message at =
  let* name, at = Dns_name.parse message at in
  if at + question_bytes > Cstruct.length message then Error "question cut off"
  else
    let kind = Cstruct.BE.get_uint16 message at in
    let klass = Cstruct.BE.get_uint16 message (at + 2) in
    Ok ((name, kind, klass), at + question_bytes)

(* The smallest record has 11 bytes, so the count a header claims costs
   nothing. *)
let rec records ~lenient message at count found =
  if count = 0 then Ok (List.rev found, at)
  else
    match Dns_record.parse message at with
    | Ok (record, at) -> records ~lenient message at (count - 1) (record :: found)
    | Error _ when lenient -> Ok (List.rev found, Cstruct.length message)
    | Error _ as e -> e

(* A message that was truncated ends anywhere: what is whole of it counts. *)
let sections message at ~lenient =
  let count = Dns_wire.get_count message in
  let* answers, at = records ~lenient message at (count 1) [] in
  let* authority, at = records ~lenient message at (count 2) [] in
  let* additional, at = records ~lenient message at (count 3) [] in
  if at = Cstruct.length message then Ok (answers, authority, additional)
  else Fmt.error "%d bytes behind the end" (Cstruct.length message - at)

let only_question message =
  if Cstruct.length message < Dns_wire.sizeof_header then
    Error "shorter than a DNS header"
  else if Dns_wire.get_count message 0 <> 1 then
    Fmt.error "%d questions" (Dns_wire.get_count message 0)
  else question_at message Dns_wire.sizeof_header

let question message = Result.map fst (only_question message)

let parse message =
  let* question, at = only_question message in
  let flags = Dns_wire.get_flags message in
  let lenient = flags land Dns_wire.truncated <> 0 in
  let* answers, authority, additional = sections message at ~lenient in
  Ok { id = Dns_wire.get_id message; flags; question; answers; authority; additional }

(* {2 Marshalling} *)

let max_bytes = 0xffff

let header t =
  let b = Cstruct.create Dns_wire.sizeof_header in
  Dns_wire.set_id b t.id;
  Dns_wire.set_flags b t.flags;
  Dns_wire.set_count b 0 1;
  let sections = [ t.answers; t.authority; t.additional ] in
  List.iteri (fun i records -> Dns_wire.set_count b (i + 1) (List.length records)) sections;
  b

let question_octets (name, kind, klass) =
  let b = Cstruct.create question_bytes in
  Cstruct.BE.set_uint16 b 0 kind;
  Cstruct.BE.set_uint16 b 2 klass;
  Dns_name.to_octets name ^ Cstruct.to_string b

let octets t =
  let records = t.answers @ t.authority @ t.additional in
  let octets = List.map Dns_record.to_octets records in
  let body = String.concat "" (question_octets t.question :: octets) in
  Cstruct.append (header t) (Cstruct.of_string body)

let marshal t =
  let message = octets t in
  if Cstruct.length message > max_bytes then invalid_arg "Dns_packet.marshal: too long";
  message

let equal a b = Cstruct.equal (octets a) (octets b)

let pp ppf t =
  let name, kind, _ = t.question in
  let records = Fmt.list ~sep:Fmt.sp Dns_record.pp in
  Fmt.pf ppf "@[<v>%04x flags %04x %a type %d@ %a@]" t.id t.flags Domain_name.pp name
    kind records
    (t.answers @ t.authority @ t.additional)

(* Resource records (RFC 1035, section 3.2). A name within the data may be compressed, so
   data is parsed within its message, and must fill exactly the length it claims. *)

type name = Dns_name.t

type soa = {
  nameserver : name;
  hostmaster : name;
  serial : int32;
  refresh : int32;
  retry : int32;
  expiry : int32;
  minimum : int32;
}

type data =
  | A of Ipaddr.V4.t
  | Aaaa of Ipaddr.V6.t
  | Cname of name
  | Ns of name
  | Ptr of name
  | Mx of int * name
  | Srv of { priority : int; weight : int; port : int; target : name }
  | Txt of string list
  | Soa of soa
  | Other of { kind : int; klass : int; octets : string }

type t = { name : name; ttl : int32; data : data }

let kind = function
  | A _ -> Dns_wire.a
  | Aaaa _ -> Dns_wire.aaaa
  | Cname _ -> Dns_wire.cname
  | Ns _ -> Dns_wire.ns
  | Ptr _ -> Dns_wire.ptr
  | Mx _ -> Dns_wire.mx
  | Srv _ -> Dns_wire.srv
  | Txt _ -> Dns_wire.txt
  | Soa _ -> Dns_wire.soa
  | Other { kind; _ } -> kind

(* {2 Parsing: data lies at [at] in the message, [length] bytes long} *)

let ( let* ) = Result.bind

let exactly what expected length =
  if expected = length then Ok () else Fmt.error "%s of %d bytes" what length

let at_least what least length =
  if length >= least then Ok () else Fmt.error "%s of %d bytes" what length

(* A name that must fill the rest of the data. *)
let last_name message at ~until =
  let* name, behind = Dns_name.parse message at in
  if behind = until then Ok name else Error "a name that does not fill its record"

let soa message at ~until =
  let* nameserver, at = Dns_name.parse message at in
  let* hostmaster, at = Dns_name.parse message at in
  let* () = exactly "SOA numbers" 20 (until - at) in
  let word i = Cstruct.BE.get_uint32 message (at + (4 * i)) in
  Ok
    (Soa
       {
         nameserver;
         hostmaster;
         serial = word 0;
         refresh = word 1;
         retry = word 2;
         expiry = word 3;
         minimum = word 4;
       })

let rec texts message at ~until =
  if at = until then Ok []
  else
    let length = Cstruct.get_uint8 message at in
    if at + 1 + length > until then Error "text cut off"
    else
      let* rest = texts message (at + 1 + length) ~until in
      Ok (Cstruct.to_string message ~off:(at + 1) ~len:length :: rest)

let srv message at ~until =
  let* () = at_least "SRV" 6 (until - at) in
  let* target = last_name message (at + 6) ~until in
  let word i = Cstruct.BE.get_uint16 message (at + (2 * i)) in
  Ok (Srv { priority = word 0; weight = word 1; port = word 2; target })

let mx message at ~until =
  let* () = at_least "MX" 2 (until - at) in
  let* name = last_name message (at + 2) ~until in
  Ok (Mx (Cstruct.BE.get_uint16 message at, name))

let address4 message at ~until =
  let* () = exactly "A" 4 (until - at) in
  Ok (A (Ipaddr.V4.of_int32 (Cstruct.BE.get_uint32 message at)))

let address6 message at ~until =
  let* () = exactly "AAAA" 16 (until - at) in
  Ok (Aaaa (Ipaddr.V6.of_octets_exn (Cstruct.to_string message ~off:at ~len:16)))

let named make message at ~until = Result.map make (last_name message at ~until)

let readers =
  [
    (Dns_wire.a, address4);
    (Dns_wire.aaaa, address6);
    (Dns_wire.cname, named (fun name -> Cname name));
    (Dns_wire.ns, named (fun name -> Ns name));
    (Dns_wire.ptr, named (fun name -> Ptr name));
    (Dns_wire.mx, mx);
    (Dns_wire.srv, srv);
    (Dns_wire.txt, fun message at ~until -> Result.map (fun t -> Txt t) (texts message at ~until));
    (Dns_wire.soa, soa);
  ]

let data message ~kind ~klass at ~until =
  match List.assoc_opt kind readers with
  | Some read when klass = Dns_wire.class_in -> read message at ~until
  | _ ->
      let octets = Cstruct.to_string message ~off:at ~len:(until - at) in
      Ok (Other { kind; klass; octets })

let fixed_bytes = 10

let parse message offset =
  let* name, at = Dns_name.parse message offset in
  if at + fixed_bytes > Cstruct.length message then Error "record cut off"
  else
    let kind = Cstruct.BE.get_uint16 message at in
    let klass = Cstruct.BE.get_uint16 message (at + 2) in
    (* RFC 2181, section 8: with its first bit set it is none. *)
    let ttl = Int32.max 0l (Cstruct.BE.get_uint32 message (at + 4)) in
    let start = at + fixed_bytes in
    let until = start + Cstruct.BE.get_uint16 message (at + 8) in
    if until > Cstruct.length message then Error "record data cut off"
    else
      let* data = data message ~kind ~klass start ~until in
      Ok ({ name; ttl; data }, until)

(* {2 Marshalling} *)

let be16 v =
  let b = Bytes.create 2 in
  Bytes.set_uint16_be b 0 v;
  Bytes.unsafe_to_string b

let be32 v =
  let b = Bytes.create 4 in
  Bytes.set_int32_be b 0 v;
  Bytes.unsafe_to_string b

let text t = Printf.sprintf "%c%s" (Char.chr (String.length t)) t

let data_octets = function
  | A ip -> Ipaddr.V4.to_octets ip
  | Aaaa ip -> Ipaddr.V6.to_octets ip
  | Cname name | Ns name | Ptr name -> Dns_name.to_octets name
  | Mx (preference, name) -> be16 preference ^ Dns_name.to_octets name
  | Srv { priority; weight; port; target } ->
      be16 priority ^ be16 weight ^ be16 port ^ Dns_name.to_octets target
  | Txt texts -> String.concat "" (List.map text texts)
  | Soa s ->
      let numbers = [ s.serial; s.refresh; s.retry; s.expiry; s.minimum ] in
      Dns_name.to_octets s.nameserver ^ Dns_name.to_octets s.hostmaster
      ^ String.concat "" (List.map be32 numbers)
  | Other { octets; _ } -> octets

let klass = function Other { klass; _ } -> klass | _ -> Dns_wire.class_in

let to_octets t =
  let octets = data_octets t.data in
  String.concat ""
    [
      Dns_name.to_octets t.name;
      be16 (kind t.data);
      be16 (klass t.data);
      be32 t.ttl;
      be16 (String.length octets);
      octets;
    ]

let equal a b = String.equal (to_octets a) (to_octets b)

let pp ppf t =
  Fmt.pf ppf "%a %lu type %d %S" Domain_name.pp t.name t.ttl (kind t.data)
    (data_octets t.data)

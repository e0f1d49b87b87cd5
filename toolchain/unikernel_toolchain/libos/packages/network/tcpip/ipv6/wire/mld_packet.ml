type version =
  | Version_1
  | Version_2 of { sources : Ipaddr.V6.t list; robustness : int }

type query = {
  group : Ipaddr.V6.t option;
  within_ns : int64;
  interval_s : int;
  version : version;
}

type change = Is_exclude | Is_include of Ipaddr.V6.t list | To_exclude | To_include

type message =
  | Query of query
  | Report_1 of Ipaddr.V6.t
  | Done of Ipaddr.V6.t
  | Report_2 of (Ipaddr.V6.t * change) list

let query = 130
let report_1 = 131
let done_1 = 132
let report_2 = 143
let address_bytes = 16
let address = Ipv6_layout.address_at

(* {2 Parsing} *)

(* A code above half of its range is a floating-point number (sections 5.1.3 and
   5.1.9). *)
let floating ~bits code =
  let mantissa_bits = bits - 4 in
  if code lsr (bits - 1) = 0 then code
  else
    let mantissa = code land ((1 lsl mantissa_bits) - 1) in
    let exponent = (code lsr mantissa_bits) land 7 in
    (mantissa lor (1 lsl mantissa_bits)) lsl (exponent + 3)

let of_ms ms = Int64.mul (Int64.of_int ms) 1_000_000L

let group_of data =
  let group = address data 0 in
  if Ipaddr.V6.compare group Ipaddr.V6.unspecified = 0 then None else Some group

let fixed_bytes = 20

let version_2 ~code data =
  let count = Cstruct.BE.get_uint16 data 18 in
  if Cstruct.length data < fixed_bytes + (count * address_bytes) then None
  else
    let source i = address data (fixed_bytes + (i * address_bytes)) in
    let version =
      Version_2
        {
          sources = List.init count source;
          robustness = Cstruct.get_uint8 data 16 land 7;
        }
    in
    Some
      (Query
         {
           group = group_of data;
           within_ns = of_ms (floating ~bits:16 code);
           interval_s = floating ~bits:8 (Cstruct.get_uint8 data 17);
           version;
         })

let version_1 ~code data =
  let group = group_of data and within_ns = of_ms code in
  Some (Query { group; within_ns; interval_s = 0; version = Version_1 })

(* The length tells the version (section 8.1). *)
let parse = function
  | Icmpv6_packet.Other (ty, _, rest, data) when ty = query ->
      let code = Int32.to_int (Int32.shift_right_logical rest 16) in
      let length = Cstruct.length data in
      if length = address_bytes then version_1 ~code data
      else if length >= fixed_bytes then version_2 ~code data
      else None
  | Other (ty, _, _, data) when ty = report_1 && Cstruct.length data >= address_bytes ->
      Some (Report_1 (address data 0))
  | _ -> None

(* {2 Marshalling} *)

let octets ip = Cstruct.of_string (Ipaddr.V6.to_octets ip)

let record (group, change) =
  let kind, sources =
    match change with
    | Is_include sources -> (1, sources)
    | Is_exclude -> (2, [])
    | To_include -> (3, [])
    | To_exclude -> (4, [])
  in
  let head = Cstruct.create 4 in
  Cstruct.set_uint8 head 0 kind;
  Cstruct.BE.set_uint16 head 2 (List.length sources);
  Cstruct.concat (head :: octets group :: List.map octets sources)

let marshal = function
  | Query _ -> invalid_arg "Mld_packet.marshal: a query"
  | Report_1 group -> Icmpv6_packet.Other (report_1, 0, 0l, octets group)
  | Done group -> Other (done_1, 0, 0l, octets group)
  | Report_2 records ->
      let count = Int32.of_int (List.length records) in
      Other (report_2, 0, count, Cstruct.concat (List.map record records))

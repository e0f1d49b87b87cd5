type op = Request | Reply

let op_to_int = function Request -> 1 | Reply -> 2
let int_to_op = function 1 -> Some Request | 2 -> Some Reply | _ -> None

type t = {
  operation : op;
  source_mac : Macaddr.t;
  source_ip : Ipaddr.V4.t;
  target_mac : Macaddr.t;
  target_ip : Ipaddr.V4.t;
}

let size = Arp_wire.size

let pp ppf t =
  match t.operation with
  | Request ->
      Format.fprintf ppf "who has %a? tell %a (%a)" Ipaddr.V4.pp t.target_ip
        Ipaddr.V4.pp t.source_ip Macaddr.pp t.source_mac
  | Reply ->
      Format.fprintf ppf "%a is at %a, to %a (%a)" Ipaddr.V4.pp t.source_ip Macaddr.pp
        t.source_mac Ipaddr.V4.pp t.target_ip Macaddr.pp t.target_mac

let equal a b =
  a.operation = b.operation
  && Macaddr.compare a.source_mac b.source_mac = 0
  && Ipaddr.V4.compare a.source_ip b.source_ip = 0
  && Macaddr.compare a.target_mac b.target_mac = 0
  && Ipaddr.V4.compare a.target_ip b.target_ip = 0

type error = Too_short | Unusable | Unknown_operation of Cstruct.uint16

let pp_error ppf = function
  | Too_short -> Format.fprintf ppf "shorter than %d bytes" size
  | Unusable -> Format.pp_print_string ppf "not about IPv4 over Ethernet"
  | Unknown_operation n -> Format.fprintf ppf "unknown operation %d" n

(* Other hardware and other protocols are none of ours (RFC 826). *)
let decode buffer =
  let open Arp_wire in
  if Cstruct.length buffer < size then Error Too_short
  else if not (is_ipv4_over_ethernet buffer) then Error Unusable
  else
    match int_to_op (get_operation buffer) with
    | None -> Error (Unknown_operation (get_operation buffer))
    | Some operation ->
        Ok
          {
            operation;
            source_mac = get_source_mac buffer;
            source_ip = get_source_ip buffer;
            target_mac = get_target_mac buffer;
            target_ip = get_target_ip buffer;
          }

let encode_into t buffer =
  let open Arp_wire in
  set_kind buffer;
  set_operation buffer (op_to_int t.operation);
  set_source_mac buffer t.source_mac;
  set_source_ip buffer t.source_ip;
  set_target_mac buffer t.target_mac;
  set_target_ip buffer t.target_ip

let encode t =
  let buffer = Cstruct.create size in
  encode_into t buffer;
  buffer

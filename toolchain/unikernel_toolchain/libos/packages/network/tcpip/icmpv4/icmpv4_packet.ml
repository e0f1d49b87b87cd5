open Icmpv4_wire

type subheader =
  | Id_and_seq of Cstruct.uint16 * Cstruct.uint16
  | Next_hop_mtu of Cstruct.uint16
  | Pointer of Cstruct.uint8
  | Address of Ipaddr.V4.t
  | Unused

type t = { code : Cstruct.uint8; ty : Icmpv4_wire.ty; subheader : subheader }

let pp_subheader ppf = function
  | Id_and_seq (id, seq) -> Format.fprintf ppf "id %d, sequence %d" id seq
  | Next_hop_mtu mtu -> Format.fprintf ppf "next-hop MTU %d" mtu
  | Pointer p -> Format.fprintf ppf "pointer %d" p
  | Address a -> Format.fprintf ppf "address %a" Ipaddr.V4.pp a
  | Unused -> Format.pp_print_string ppf "no subheader"

let pp ppf t =
  Format.fprintf ppf "%s, code %d, %a" (ty_to_string t.ty) t.code pp_subheader t.subheader

let equal_subheader a b =
  match (a, b) with
  | Address a, Address b -> Ipaddr.V4.compare a b = 0
  | a, b -> a = b

let equal a b =
  a.code = b.code && a.ty = b.ty && equal_subheader a.subheader b.subheader

let subheader_at = 4

module Unmarshal = struct
  type error = string

  (* The accessors count from the message's start. *)
  let subheader ty message =
    match ty with
    | Echo_request | Echo_reply | Timestamp_request | Timestamp_reply
    | Information_request | Information_reply ->
        Id_and_seq (get_icmpv4_id message, get_icmpv4_seq message)
    | Destination_unreachable -> Next_hop_mtu (get_next_hop_mtu message)
    | Time_exceeded | Source_quench -> Unused
    | Redirect -> Address (Ipaddr.V4.of_int32 (get_address message))
    | Parameter_problem -> Pointer (get_pointer message)

  let subheader_of_cstruct ty b =
    let message = Cstruct.create sizeof_icmpv4 in
    Cstruct.blit b 0 message subheader_at (sizeof_icmpv4 - subheader_at);
    subheader ty message

  let of_cstruct b =
    if Cstruct.length b < sizeof_icmpv4 then Error "shorter than an ICMP header"
    else
      match int_to_ty (get_icmpv4_ty b) with
      | None -> Format.kasprintf Result.error "unknown ICMP type %d" (get_icmpv4_ty b)
      | Some _ when Tcpip_checksum.sum 0 b <> 0xffff -> Error "wrong checksum"
      | Some ty ->
          let header = { code = get_icmpv4_code b; ty; subheader = subheader ty b } in
          Ok (header, Cstruct.shift b sizeof_icmpv4)
end

module Marshal = struct
  type error = string

  let set_subheader b = function
    | Id_and_seq (id, seq) ->
        set_icmpv4_id b id;
        set_icmpv4_seq b seq
    | Next_hop_mtu mtu -> set_next_hop_mtu b mtu
    | Pointer p -> set_pointer b p
    | Address a -> set_address b (Ipaddr.V4.to_int32 a)
    | Unused -> ()

  let fill t header ~payload =
    Cstruct.memset header 0;
    set_icmpv4_ty header (ty_to_int t.ty);
    set_icmpv4_code header t.code;
    set_subheader header t.subheader;
    set_icmpv4_csum header (Tcpip_checksum.ones_complement_list [ header; payload ])

  let into_cstruct t b ~payload =
    if Cstruct.length b < sizeof_icmpv4 then
      Error "buffer shorter than an ICMP header"
    else Ok (fill t (Cstruct.sub b 0 sizeof_icmpv4) ~payload)

  let make_cstruct t ~payload =
    let b = Cstruct.create sizeof_icmpv4 in
    fill t b ~payload;
    b
end

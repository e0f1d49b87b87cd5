open Ipv6_wire

type t = {
  src : Ipaddr.V6.t;
  dst : Ipaddr.V6.t;
  hop_limit : int;
  next_header : int;
}

let pp ppf t =
  Format.fprintf ppf "%a -> %a: hop limit %d, next header %d" Ipaddr.V6.pp t.src Ipaddr.V6.pp
    t.dst t.hop_limit t.next_header

let equal a b =
  Ipaddr.V6.compare a.src b.src = 0
  && Ipaddr.V6.compare a.dst b.dst = 0
  && a.hop_limit = b.hop_limit
  && a.next_header = b.next_header

module Unmarshal = struct
  let header b =
    {
      src = get_ipv6_src b;
      dst = get_ipv6_dst b;
      hop_limit = get_ipv6_hlim b;
      next_header = get_ipv6_nhdr b;
    }

  let of_cstruct b =
    if Cstruct.length b < sizeof_ipv6 then Error "shorter than an IPv6 header"
    else if version b <> 6 then Format.kasprintf Result.error "version %d, not 6" (version b)
    else
      let length = get_ipv6_len b in
      if sizeof_ipv6 + length > Cstruct.length b then
        Format.kasprintf Result.error "payload length %d in %d bytes" length (Cstruct.length b)
      else Ok (header b, Cstruct.sub b sizeof_ipv6 length)
end

module Marshal = struct
  let version_6 = 0x6000_0000l
  let max_payload_bytes = 0xffff

  let into_cstruct ~payload_len t b =
    if payload_len < 0 || payload_len > max_payload_bytes then
      Format.kasprintf Result.error "%d bytes do not fit into one IPv6 packet" payload_len
    else if Cstruct.length b < sizeof_ipv6 then
      Error "buffer shorter than an IPv6 header"
    else begin
      set_ipv6_version_flow b version_6;
      set_ipv6_len b payload_len;
      set_ipv6_nhdr b t.next_header;
      set_ipv6_hlim b t.hop_limit;
      set_ipv6_src b t.src;
      set_ipv6_dst b t.dst;
      Ok ()
    end

  let make_cstruct ~payload_len t =
    let b = Cstruct.create sizeof_ipv6 in
    match into_cstruct ~payload_len t b with
    | Ok () -> b
    | Error why -> invalid_arg ("Ipv6_packet.Marshal.make_cstruct: " ^ why)

  let pseudoheader ~src ~dst ~proto length =
    let b = Cstruct.create sizeof_ipv6_pseudo_header in
    set_address_at b 0 src;
    set_address_at b 16 dst;
    Cstruct.BE.set_uint32 b 32 (Int32.of_int length);
    Cstruct.set_uint8 b 39 proto;
    b
end

type content =
  | Transport of int * Cstruct.t
  | Fragment of fragment
  | Nothing

and fragment = {
  id : int32;
  offset : int;
  last : bool;
  protocol : int;
  piece : Cstruct.t;
}

let max_extensions = 8

(* The upper two bits of an option's type say what to do who does not know it
   (RFC 8200, section 4.2): 0 is to skip it. Of the known ones none needs
   anything done at a host. *)
let rec options_ok b =
  if Cstruct.is_empty b then true
  else
    match Cstruct.get_uint8 b 0 with
    | 0 -> options_ok (Cstruct.shift b 1)
    | kind ->
        Cstruct.length b >= 2
        && Cstruct.length b >= 2 + Cstruct.get_uint8 b 1
        && kind lsr 6 = 0
        && options_ok (Cstruct.shift b (2 + Cstruct.get_uint8 b 1))

let fragment_of b =
  if Cstruct.length b < sizeof_fragment then Error "fragment header cut off"
  else
    let field = get_fragment_field b in
    Ok
      (Fragment
         {
           id = get_fragment_id b;
           offset = field land 0xfff8;
           last = field land 1 = 0;
           protocol = get_fragment_next b;
           piece = Cstruct.shift b sizeof_fragment;
         })

(* Next header, contents and rest of the extension at the start of [b]. *)
let extension b =
  if Cstruct.length b < 8 then Error "extension header cut off"
  else
    let length = 8 * (Cstruct.get_uint8 b 1 + 1) in
    if length > Cstruct.length b then Error "extension header cut off"
    else
      Ok (Cstruct.get_uint8 b 0, Cstruct.sub b 2 (length - 2), Cstruct.shift b length)

let acceptable kind contents =
  if kind = routing then
    if Cstruct.get_uint8 contents 1 = 0 then Ok () else Error "a source route"
  else if options_ok contents then Ok ()
  else Error "an option that must not be ignored"

let content ~first payload =
  let rec from kind b left =
    if kind = no_next_header then Ok Nothing
    else if kind = fragment then fragment_of b
    else if kind = hop_by_hop || kind = destination_options || kind = routing then
      if left = 0 then Error "too many extension headers"
      else
        Result.bind (extension b) (fun (next, contents, rest) ->
            Result.bind (acceptable kind contents) (fun () -> from next rest (left - 1)))
    else Ok (Transport (kind, b))
  in
  from first payload max_extensions

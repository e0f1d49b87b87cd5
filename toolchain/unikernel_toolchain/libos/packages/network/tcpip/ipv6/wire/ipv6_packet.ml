(* Headers are read one after the other, each naming the next (RFC 8200, section 4), and
   only as many as are plausible. A refusal says where the packet is wrong, for the
   "parameter problem" that may be sent about it. *)

open Ipv6_layout

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
      src = source b;
      dst = destination b;
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
      set_source b t.src;
      set_destination b t.dst;
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

type problem = { code : int; pointer : int; to_groups : bool }
type refusal = { why : string; problem : problem option }

let max_extensions = 8
let erroneous_field = 0
let unknown_header = 1
let unknown_option = 2
let incomplete_chain = 3
let silently why = Error { why; problem = None }

let refused ?(to_groups = false) code pointer why =
  Error { why; problem = Some { code; pointer; to_groups } }

(* {2 Options} *)

(* What the option at the start of [b] takes, if it is whole. *)
let option_bytes b =
  if Cstruct.get_uint8 b 0 = 0 then Some 1
  else if Cstruct.length b < 2 then None
  else
    let bytes = 2 + Cstruct.get_uint8 b 1 in
    if bytes > Cstruct.length b then None else Some bytes

(* The upper two bits of an option's type say what to do who does not know it
   (RFC 8200, section 4.2). Of the known ones none needs anything done at a
   host. *)
let rec check_options b ~at =
  if Cstruct.is_empty b then Ok ()
  else
    let kind = Cstruct.get_uint8 b 0 in
    match (option_bytes b, kind lsr 6) with
    | None, _ -> silently "option cut off"
    | Some bytes, 0 -> check_options (Cstruct.shift b bytes) ~at:(at + bytes)
    | Some _, 1 -> silently "an option that must not be ignored"
    | Some _, action ->
        refused ~to_groups:(action = 2) unknown_option at "an unknown option"

let alert = 5

let rec has_alert b =
  (not (Cstruct.is_empty b))
  && (Cstruct.get_uint8 b 0 = alert
      ||
      match option_bytes b with
      | Some bytes -> has_alert (Cstruct.shift b bytes)
      | None -> false)

(* {2 Extension headers} *)

(* Next header, contents and rest of the extension at the start of [b]. *)
(* Length in units of 8 octets, the first not counted. *)
let extension b =
  if Cstruct.length b < 8 then silently "extension header cut off"
  else
    let length = 8 * (Cstruct.get_uint8 b 1 + 1) in
    if length > Cstruct.length b then silently "extension header cut off"
    else
      Ok (Cstruct.get_uint8 b 0, Cstruct.sub b 2 (length - 2), Cstruct.shift b length)

let router_alert ~first payload =
  first = hop_by_hop
  &&
  match extension payload with
  | Ok (_, contents, _) -> has_alert contents
  | Error _ -> false

(* Type 0 source routes are deprecated (RFC 5095): only one that is used up passes. *)
let acceptable kind contents ~at =
  if kind <> routing then check_options contents ~at:(at + 2)
  else if Cstruct.get_uint8 contents 1 = 0 then Ok ()
  else refused erroneous_field (at + 2) "a source route"

let max_payload_bytes = 0xffff

let fragment_of b ~at =
  if Cstruct.length b < sizeof_fragment then silently "fragment header cut off"
  else
    let field = get_fragment_field b in
    let offset = field land 0xfff8 and last = field land 1 = 0 in
    let piece = Cstruct.shift b sizeof_fragment in
    let length = Cstruct.length piece in
    let payload_length_at = 4 in
    if (not last) && length land 7 <> 0 then
      refused erroneous_field payload_length_at "a fragment of a length that leaves a gap"
    else if offset + length > max_payload_bytes then
      refused erroneous_field (at + 2) "a fragment behind the end"
    else
      let id = get_fragment_id b and protocol = get_fragment_next b in
      Ok (Fragment { id; offset; last; protocol; piece })

let least_header = function 6 -> 20 | 17 | 58 -> 8 | _ -> 0

let content ~first payload =
  let at b = sizeof_ipv6 + Cstruct.length payload - Cstruct.length b in
  let rec from kind ~named_at b left =
    if kind = no_next_header then Ok Nothing
    else if kind = fragment then fragment_of b ~at:(at b)
    else if kind = hop_by_hop && left < max_extensions then
      refused unknown_header named_at "hop-by-hop options out of place"
    else if kind = hop_by_hop || kind = destination_options || kind = routing then
      if left = 0 then silently "too many extension headers"
      else
        Result.bind (extension b) (fun (next, contents, rest) ->
            Result.bind (acceptable kind contents ~at:(at b)) (fun () ->
                from next ~named_at:(at b) rest (left - 1)))
    else Ok (Transport (kind, b))
  in
  let next_header_at = 6 in
  from first ~named_at:next_header_at payload max_extensions

(* Filters between here and there look at the first fragment only (RFC 7112). *)
let first_fragment f =
  match content ~first:f.protocol f.piece with
  | Ok (Transport (protocol, b)) when Cstruct.length b >= least_header protocol -> Ok ()
  | Ok Nothing -> Ok ()
  | Ok _ | Error _ -> refused incomplete_chain 0 "a first fragment without all headers"

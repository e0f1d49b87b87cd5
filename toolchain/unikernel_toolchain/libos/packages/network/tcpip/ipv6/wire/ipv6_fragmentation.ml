(* RFC 8200, section 4.5: the IPv6 header is the per-fragment part, as this host sends no
   header that routers look at with it. *)

open Ipv6_layout

let piece ~id header payload (offset, length) =
  let more = offset + length < Cstruct.length payload in
  let b = Cstruct.create (sizeof_ipv6 + sizeof_fragment + length) in
  Cstruct.blit header 0 b 0 sizeof_ipv6;
  set_ipv6_len b (sizeof_fragment + length);
  set_ipv6_nhdr b fragment;
  let extension = Cstruct.shift b sizeof_ipv6 in
  set_fragment_next extension (get_ipv6_nhdr header);
  set_fragment_field extension (offset lor Bool.to_int more);
  set_fragment_id extension id;
  Cstruct.blit payload offset extension sizeof_fragment length;
  b

let rec cuts ~room length offset =
  if length - offset <= room then [ (offset, length - offset) ]
  else (offset, room) :: cuts ~room length (offset + room)

let fragment ~mtu ~id packet =
  let header, payload = Cstruct.split packet sizeof_ipv6 in
  let room = (mtu - sizeof_ipv6 - sizeof_fragment) land lnot 7 in
  List.map (piece ~id header payload) (cuts ~room (Cstruct.length payload) 0)

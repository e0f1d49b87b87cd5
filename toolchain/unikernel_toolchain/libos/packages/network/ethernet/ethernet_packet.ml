open Ethernet_wire

type t = {
  source : Macaddr.t;
  destination : Macaddr.t;
  ethertype : Mirage_protocols.Ethernet.proto;
}

type error = string

let pp ppf t =
  Format.fprintf ppf "%a -> %a: %a" Macaddr.pp t.source Macaddr.pp t.destination
    Mirage_protocols.Ethernet.pp_proto t.ethertype

let equal a b =
  Macaddr.compare a.source b.source = 0
  && Macaddr.compare a.destination b.destination = 0
  && a.ethertype = b.ethertype

module Unmarshal = struct
  let header frame ethertype ~header_bytes =
    let source = Macaddr.of_octets_exn (copy_ethernet_src frame) in
    let destination = Macaddr.of_octets_exn (copy_ethernet_dst frame) in
    Ok ({ source; destination; ethertype }, Cstruct.shift frame header_bytes)

  let unknown ethertype = Format.kasprintf Result.error "unknown ethertype 0x%04x" ethertype

  (* A tag with the VLAN 0 only gives a priority, and the frame belongs to no
     VLAN (IEEE 802.1Q, clauses 6.9 and 9.6). *)
  let tagged frame =
    if Cstruct.length frame < sizeof_tagged then Error "frame shorter than its tag"
    else if get_vlan frame <> 0 then Error "of a VLAN"
    else
      match int_to_ethertype (get_tagged_ethertype frame) with
      | Some ethertype -> header frame ethertype ~header_bytes:sizeof_tagged
      | None -> unknown (get_tagged_ethertype frame)

  let of_cstruct frame =
    if Cstruct.length frame < sizeof_ethernet then
      Error "frame shorter than an Ethernet header"
    else
      match int_to_ethertype (get_ethernet_ethertype frame) with
      | Some ethertype -> header frame ethertype ~header_bytes:sizeof_ethernet
      | None when get_ethernet_ethertype frame = vlan_tag -> tagged frame
      | None -> unknown (get_ethernet_ethertype frame)
end

module Marshal = struct
  let unsafe_fill t buffer =
    set_ethernet_dst (Macaddr.to_octets t.destination) 0 buffer;
    set_ethernet_src (Macaddr.to_octets t.source) 0 buffer;
    set_ethernet_ethertype buffer (ethertype_to_int t.ethertype)

  let into_cstruct t buffer =
    if Cstruct.length buffer < sizeof_ethernet then
      Error "buffer shorter than an Ethernet header"
    else Ok (unsafe_fill t buffer)

  let make_cstruct t =
    let buffer = Cstruct.create sizeof_ethernet in
    unsafe_fill t buffer;
    buffer
end

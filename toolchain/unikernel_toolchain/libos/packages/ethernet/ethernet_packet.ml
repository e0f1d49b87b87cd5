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
  let of_cstruct frame =
    if Cstruct.length frame < sizeof_ethernet then
      Error "frame shorter than an Ethernet header"
    else
      match int_to_ethertype (get_ethernet_ethertype frame) with
      | None ->
          Format.kasprintf Result.error "unknown ethertype 0x%04x" (get_ethernet_ethertype frame)
      | Some ethertype ->
          let source = Macaddr.of_octets_exn (copy_ethernet_src frame) in
          let destination = Macaddr.of_octets_exn (copy_ethernet_dst frame) in
          let payload = Cstruct.shift frame sizeof_ethernet in
          Ok ({ source; destination; ethertype }, payload)
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

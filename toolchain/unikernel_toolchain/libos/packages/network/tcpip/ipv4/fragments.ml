(* MirageOS's interface of this module over {!Ip_reassembly}: there an incomplete
   datagram is a tuple with its fragments by falling offset. *)

let max_duration = Ip_reassembly.max_duration
let max_packet_bytes = 0xffff

module V = struct
  type t = int64 * Cstruct.t * bool * int * (int * Cstruct.t) list

  let weight (_, _, _, _, fragments) = Cstruct.lenv (List.map snd fragments)
end

module K = struct
  type t = Ipaddr.V4.t * Ipaddr.V4.t * int * int

  let compare (src, dst, proto, id) (src', dst', proto', id') =
    match Ipaddr.V4.compare src src' with
    | 0 -> (
        match Ipaddr.V4.compare dst dst' with
        | 0 -> compare (proto, id) (proto', id')
        | c -> c)
    | c -> c
end

module Reassembly = Ip_reassembly.Make (struct
    include K
    module Source = Ipaddr.V4

    let source (src, _, _, _) = src
  end)

module Cache = struct
  open Ip_reassembly

  type t = Reassembly.t
  type k = K.t
  type v = V.t

  let to_value { since; options; last_seen; count; fragments; _ } =
    (since, options, last_seen, count, List.rev (By_offset.bindings fragments))

  let of_value ((since, options, last_seen, count, list) as v) =
    let fragments = By_offset.of_seq (List.to_seq list) in
    { since; options; last_seen; count; bytes = V.weight v; fragments }

  let empty = Reassembly.empty
  let size = Reassembly.size
  let is_empty t = size t = 0
  let capacity = Reassembly.capacity
  let resize = Reassembly.resize
  let trim = Reassembly.trim
  let find k t = Option.map to_value (Reassembly.find k t)
  let mem k t = Option.is_some (Reassembly.find k t)
  let add k v t = Reassembly.add k (of_value v) t
  let remove = Reassembly.remove
  let promote k t = Option.fold (Reassembly.find k t) ~none:t ~some:(fun v -> Reassembly.add k v t)
  let pop k t = Option.map (fun v -> (v, remove k t)) (find k t)
  let to_list t = List.map (fun (k, v) -> (k, to_value v)) (Reassembly.by_age t)
  let lru t = List.nth_opt (to_list t) 0
  let pop_lru t = Option.map (fun (k, v) -> ((k, v), remove k t)) (lru t)
  let drop_lru t = Option.fold (pop_lru t) ~none:t ~some:snd
  let fold f z t = List.fold_left (fun z (k, v) -> f k v z) z (to_list t)
  let iter f t = List.iter (fun (k, v) -> f k v) (to_list t)
  let weight t = fold (fun _ v sum -> sum + V.weight v) 0 t

  let of_list list =
    let capacity = List.fold_left (fun sum (_, v) -> sum + V.weight v) 0 list in
    List.fold_left (fun t (k, v) -> add k v t) (empty capacity) list
end

let process cache now (header : Ipv4_packet.t) payload =
  let offset = Ipv4_wire.offset_bytes header.off in
  let last = header.off land Ipv4_wire.more_fragments = 0 in
  if offset = 0 && last then (cache, Some (header, payload))
  else
    let key = (header.src, header.dst, header.proto, header.id) in
    let max_bytes = max_packet_bytes - Ipv4_wire.sizeof_ipv4 in
    let arrival = { Ip_reassembly.offset; last; options = header.options; payload } in
    let cache, datagram = Reassembly.arrive cache ~now ~max_bytes key arrival in
    (cache, Option.map (fun (options, b) -> ({ header with options; off = 0 }, b)) datagram)

(* {2 Fragmentation} *)

let header_bytes (header : Ipv4_packet.t) = Ipv4_wire.sizeof_ipv4 + Cstruct.length header.options

(* The offset counts in eights. *)
let room ~mtu header = max 0 ((mtu - header_bytes header) land lnot 7)

let packet (header : Ipv4_packet.t) ~offset ~more payload =
  let flag = if more then Ipv4_wire.more_fragments else 0 in
  let header = { header with off = (offset / 8) lor flag } in
  let payload_len = Cstruct.length payload in
  Cstruct.append (Ipv4_packet.Marshal.make_cstruct ~payload_len header) payload

(* Options are repeated in every fragment; that suits those in use. *)
let rec cut ~mtu header offset payload =
  let room = room ~mtu header in
  if Cstruct.length payload <= mtu - header_bytes header then
    [ packet header ~offset ~more:false payload ]
  else
    let this, rest = Cstruct.split payload room in
    packet header ~offset ~more:true this :: cut ~mtu header (offset + room) rest

let first_bytes ~mtu header length =
  let room = room ~mtu header in
  if header_bytes header + length <= mtu then Some length
  else if room = 0 || header_bytes header + length > max_packet_bytes then None
  else Some room

let fragment ~mtu header payload =
  let room = room ~mtu header in
  let whole = header_bytes header + room + Cstruct.length payload in
  if room = 0 || whole > max_packet_bytes || Cstruct.is_empty payload then []
  else cut ~mtu header room payload

let fragment_all ~mtu header payload =
  match first_bytes ~mtu header (Cstruct.length payload) with
  | None -> []
  | Some first ->
      let first, rest = Cstruct.split payload first in
      packet header ~offset:0 ~more:(not (Cstruct.is_empty rest)) first
      :: fragment ~mtu header rest

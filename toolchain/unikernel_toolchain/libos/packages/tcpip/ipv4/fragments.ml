let src = Logs.Src.create "ipv4-fragments" ~doc:"IPv4 reassembly"

module Log = (val Logs.src_log src : Logs.LOG)

let max_duration = Duration.of_sec 15
let max_fragments = 2048
let max_packet_bytes = 0xffff

module V = struct
  type t = int64 * Cstruct.t * bool * int * (int * Cstruct.t) list

  (* A list cell, a pair and a view on a buffer of its own. *)
  let fragment_overhead = 128

  let weight (_, options, _, count, fragments) =
    List.fold_left
      (fun sum (_, b) -> sum + Cstruct.length b)
      (((count + 1) * fragment_overhead) + Cstruct.length options)
      fragments
end

module K = struct
  type t = Fragments_cache.key

  let compare = Fragments_cache.compare_key
end

module Cache = struct
  include Fragments_cache

  type nonrec t = V.t t

  let empty capacity = empty ~weight:V.weight capacity
end

(* {2 Reassembly} *)

let end_of (offset, b) = offset + Cstruct.length b

(* Into a list by falling offset. [`Overlap] unless it repeats what is there. *)
let rec insert ((offset, b) as fragment) = function
  | [] -> `Inserted [ fragment ]
  | first :: _ as all when end_of first <= offset -> `Inserted (fragment :: all)
  | (at, same) :: _ when at = offset && Cstruct.equal same b -> `Repeated
  | ((at, _) as first) :: rest when offset + Cstruct.length b <= at -> (
      match insert fragment rest with
      | `Inserted rest -> `Inserted (first :: rest)
      | (`Repeated | `Overlap) as r -> r)
  | _ -> `Overlap

(* The lengths of fragments that reach from 0 without a gap, or none. *)
let rec gapless upper = function
  | [] -> upper = 0
  | fragment :: rest -> end_of fragment = upper && gapless (fst fragment) rest

let total = function [] -> 0 | last :: _ -> end_of last

let join fragments =
  let whole = Cstruct.create_unsafe (total fragments) in
  List.iter
    (fun (at, b) -> Cstruct.blit b 0 whole at (Cstruct.length b))
    fragments;
  whole

(* Of the frame's buffer nothing is kept: it may be far larger. *)
let own b =
  let copy = Cstruct.create_unsafe (Cstruct.length b) in
  Cstruct.blit b 0 copy 0 (Cstruct.length b);
  copy

type arrival = { offset : int; payload : Cstruct.t; last : bool }

let acceptable a =
  let length = Cstruct.length a.payload in
  length > 0
  && (a.last || length land 7 = 0)
  && a.offset + length <= max_packet_bytes - Ipv4_wire.sizeof_ipv4

(* No fragment may lie behind the last one's end, and there is one end. *)
let contradicts_end a (_, _, last_seen, _, fragments) =
  let arrival_end = a.offset + Cstruct.length a.payload in
  (last_seen && arrival_end > total fragments)
  || a.last
     && (arrival_end < total fragments
        || (last_seen && arrival_end <> total fragments))

let add_fragment a ~options ((since, options', last_seen, count, fragments) as v) =
  if contradicts_end a v || count >= max_fragments then `Discard
  else
    match insert (a.offset, own a.payload) fragments with
    | `Overlap -> `Discard
    | `Repeated -> `Keep v
    | `Inserted fragments ->
        let options = if a.offset = 0 then own options else options' in
        `Keep (since, options, last_seen || a.last, count + 1, fragments)

let completed (header : Ipv4_packet.t) (_, options, last_seen, _, fragments) =
  if last_seen && gapless (total fragments) fragments then
    Some ({ header with options; off = 0 }, join fragments)
  else None

let store cache key header = function
  | `Discard ->
      Log.debug (fun m -> m "discarded: %a" Ipv4_packet.pp header);
      (Cache.remove key cache, None)
  | `Keep v -> (
      match completed header v with
      | Some datagram -> (Cache.remove key cache, Some datagram)
      | None -> (Cache.trim (Cache.add key v cache), None))

let expired now (since, _, _, _, _) = Int64.sub now since > max_duration

(* Only those at the front can have waited too long without being touched;
   others are looked at when a fragment of theirs comes. *)
let rec forget_expired now cache =
  match Cache.oldest cache with
  | Some (key, v) when expired now v -> forget_expired now (Cache.remove key cache)
  | _ -> cache

let process_fragment cache now (header : Ipv4_packet.t) a =
  let key = (header.src, header.dst, header.proto, header.id) in
  let started =
    match Cache.find key cache with
    | Some v when not (expired now v) -> v
    | _ -> (now, Cstruct.empty, false, 0, [])
  in
  store cache key header (add_fragment a ~options:header.options started)

let process cache now (header : Ipv4_packet.t) payload =
  let offset = Ipv4_wire.offset_bytes header.off in
  let last = header.off land Ipv4_wire.more_fragments = 0 in
  if offset = 0 && last then (cache, Some (header, payload))
  else
    let a = { offset; payload; last } in
    let cache = forget_expired now cache in
    if acceptable a then process_fragment cache now header a else (cache, None)

(* {2 Fragmentation} *)

let cuts ~mtu ~header_bytes length =
  let room = (mtu - header_bytes) land lnot 7 in
  let rec from offset =
    if offset + (mtu - header_bytes) >= length then [ (offset, length - offset) ]
    else (offset, room) :: from (offset + room)
  in
  if room < 8 || header_bytes + length > max_packet_bytes then [] else from 0

let packet (header : Ipv4_packet.t) payload (offset, length) =
  let more = offset + length < Cstruct.length payload in
  let flag = if more then Ipv4_wire.more_fragments else 0 in
  let header = { header with off = (offset / 8) lor flag } in
  let head = Ipv4_packet.Marshal.make_cstruct ~payload_len:length header in
  Cstruct.append head (Cstruct.sub payload offset length)

(* Options are repeated in every fragment; that suits those in use. *)
let fragment ~mtu (header : Ipv4_packet.t) payload =
  let header_bytes = Ipv4_wire.sizeof_ipv4 + Cstruct.length header.options in
  let cuts = cuts ~mtu ~header_bytes (Cstruct.length payload) in
  List.map (packet header payload) cuts

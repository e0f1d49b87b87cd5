(* A datagram's fragments by offset, none overlapping: then the datagram is whole when
   the bytes that are there are as many as its length, and no list of holes is kept.
   An overlap that is no plain repetition is an attack or a broken sender, and costs the
   whole datagram (RFC 5722). What is kept is copied, and weighed with its overhead. *)

module By_offset = Map.Make (Int)

type incomplete = {
  since : int64;
  options : Cstruct.t;
  last_seen : bool;
  count : int;
  bytes : int;
  fragments : Cstruct.t By_offset.t;
}

let max_duration = Duration.of_sec 15
let max_fragments = 2048

(* A node of the map and a view on a buffer of its own. *)
let fragment_overhead = 128

let weight (v : incomplete) = ((v.count + 1) * fragment_overhead) + Cstruct.length v.options + v.bytes

type arrival = {
  offset : int;
  last : bool;
  options : Cstruct.t;
  payload : Cstruct.t;
}

let end_of (offset, b) = offset + Cstruct.length b

let total fragments = Option.fold (By_offset.max_binding_opt fragments) ~none:0 ~some:end_of

let classify offset b fragments =
  let arrival_end = offset + Cstruct.length b in
  let before = By_offset.find_last_opt (fun at -> at <= offset) fragments
  and after = By_offset.find_first_opt (fun at -> at > offset) fragments in
  match (before, after) with
  | Some (at, same), _ when at = offset && Cstruct.equal same b -> `Repeated
  | Some fragment, _ when end_of fragment > offset -> `Overlap
  | _, Some (at, _) when at < arrival_end -> `Overlap
  | _ -> `Free

let join fragments =
  let whole = Cstruct.create_unsafe (total fragments) in
  By_offset.iter (fun at b -> Cstruct.blit b 0 whole at (Cstruct.length b)) fragments;
  whole

(* Of the frame's buffer nothing is kept: it may be far larger. *)
let copied b =
  let copy = Cstruct.create_unsafe (Cstruct.length b) in
  Cstruct.blit b 0 copy 0 (Cstruct.length b);
  copy

(* All but the last are multiples of 8 bytes (RFC 791, section 3.2). *)
let acceptable ~max_bytes a =
  let length = Cstruct.length a.payload in
  length > 0 && (a.last || length land 7 = 0) && a.offset + length <= max_bytes

(* No fragment may lie behind the last one's end, and there is one end. *)
let contradicts_end a (v : incomplete) =
  let arrival_end = a.offset + Cstruct.length a.payload in
  (v.last_seen && arrival_end > total v.fragments)
  || a.last
     && (arrival_end < total v.fragments
         || (v.last_seen && arrival_end <> total v.fragments))

let with_fragment a (v : incomplete) =
  {
    v with
    options = (if a.offset = 0 then copied a.options else v.options);
    last_seen = v.last_seen || a.last;
    count = v.count + 1;
    bytes = v.bytes + Cstruct.length a.payload;
    fragments = By_offset.add a.offset (copied a.payload) v.fragments;
  }

let add_fragment a (v : incomplete) =
  if contradicts_end a v || v.count >= max_fragments then None
  else
    match classify a.offset a.payload v.fragments with
    | `Overlap -> None
    | `Repeated -> Some v
    | `Free -> Some (with_fragment a v)

(* Nothing overlaps, so as many bytes as there are to the end leave no gap. *)
let completed (v : incomplete) =
  if v.last_seen && v.bytes = total v.fragments then Some (v.options, join v.fragments)
  else None

let expired now (v : incomplete) = Int64.sub now v.since > max_duration

let empty_since since =
  { since; options = Cstruct.empty; last_seen = false; count = 0; bytes = 0;
    fragments = By_offset.empty }

module type CACHE = sig
  type key
  type t

  val empty : int -> t
  val capacity : t -> int
  val resize : int -> t -> t
  val weight : t -> int
  val size : t -> int
  val find : key -> t -> incomplete option
  val add : key -> incomplete -> t -> t
  val remove : key -> t -> t
  val trim : t -> t
  val by_age : t -> (key * incomplete) list

  val arrive :
    t -> now:int64 -> max_bytes:int -> key -> arrival -> t * (Cstruct.t * Cstruct.t) option
end

module Make (Key : Ip_reassembly_cache.KEY) = struct
  module Cache = Ip_reassembly_cache.Make (Key)

  type t = incomplete Cache.t

  let empty capacity = Cache.empty ~weight capacity
  let capacity = Cache.capacity
  let resize = Cache.resize
  let weight = Cache.weight
  let size = Cache.size
  let find = Cache.find
  let add = Cache.add
  let remove = Cache.remove
  let trim = Cache.trim
  let by_age = Cache.by_age

  (* Only those at the front can have waited too long without being touched;
     others are looked at when a fragment of theirs comes. *)
  let rec forget_expired now cache =
    match Cache.oldest cache with
    | Some (key, v) when expired now v -> forget_expired now (remove key cache)
    | _ -> cache

  (* What was too old when a fragment came begins anew with it. *)
  let find_or_start cache now key =
    match find key cache with
    | Some v when not (expired now v) -> v
    | _ -> empty_since now

  let store cache key v =
    match completed v with
    | Some datagram -> (remove key cache, Some datagram)
    | None -> (Cache.make_room_for key (add key v cache), None)

  let arrive cache ~now ~max_bytes key a =
    let cache = forget_expired now cache in
    if not (acceptable ~max_bytes a) then (cache, None)
    else
      match add_fragment a (find_or_start cache now key) with
      | None -> (remove key cache, None)
      | Some v -> store cache key v
end

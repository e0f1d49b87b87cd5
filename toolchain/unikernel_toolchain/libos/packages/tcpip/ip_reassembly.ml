type incomplete = int64 * Cstruct.t * bool * int * (int * Cstruct.t) list

let max_duration = Duration.of_sec 15
let max_fragments = 2048

(* A list cell, a pair and a view on a buffer of its own. *)
let fragment_overhead = 128

let weight (_, options, _, count, fragments) =
  List.fold_left
    (fun sum (_, b) -> sum + Cstruct.length b)
    (((count + 1) * fragment_overhead) + Cstruct.length options)
    fragments

type arrival = {
  offset : int;
  last : bool;
  options : Cstruct.t;
  payload : Cstruct.t;
}

let end_of (offset, b) = offset + Cstruct.length b
let total = function [] -> 0 | last :: _ -> end_of last

(* Into a list by falling offset. The middle is rebuilt in a loop: there may
   be thousands. *)
let insert ((offset, b) as fragment) fragments =
  let rec go later = function
    | (at, same) :: _ when at = offset && Cstruct.equal same b -> `Repeated
    | ((at, _) as first) :: rest when offset + Cstruct.length b <= at ->
        go (first :: later) rest
    | first :: _ when end_of first > offset -> `Overlap
    | rest -> `Inserted (List.rev_append later (fragment :: rest))
  in
  go [] fragments

let rec gapless upper = function
  | [] -> upper = 0
  | fragment :: rest -> end_of fragment = upper && gapless (fst fragment) rest

let join fragments =
  let whole = Cstruct.create_unsafe (total fragments) in
  let blit (at, b) = Cstruct.blit b 0 whole at (Cstruct.length b) in
  List.iter blit fragments;
  whole

(* Of the frame's buffer nothing is kept: it may be far larger. *)
let own b =
  let copy = Cstruct.create_unsafe (Cstruct.length b) in
  Cstruct.blit b 0 copy 0 (Cstruct.length b);
  copy

let acceptable ~max_bytes a =
  let length = Cstruct.length a.payload in
  length > 0 && (a.last || length land 7 = 0) && a.offset + length <= max_bytes

(* No fragment may lie behind the last one's end, and there is one end. *)
let contradicts_end a (_, _, last_seen, _, fragments) =
  let arrival_end = a.offset + Cstruct.length a.payload in
  (last_seen && arrival_end > total fragments)
  || a.last
     && (arrival_end < total fragments
        || (last_seen && arrival_end <> total fragments))

let add_fragment a ((since, options, last_seen, count, fragments) as v) =
  if contradicts_end a v || count >= max_fragments then None
  else
    match insert (a.offset, own a.payload) fragments with
    | `Overlap -> None
    | `Repeated -> Some v
    | `Inserted fragments ->
        let options = if a.offset = 0 then own a.options else options in
        Some (since, options, last_seen || a.last, count + 1, fragments)

let completed (_, options, last_seen, _, fragments) =
  if last_seen && gapless (total fragments) fragments then
    Some (options, join fragments)
  else None

let expired now (since, _, _, _, _) = Int64.sub now since > max_duration

module Make (Key : Map.OrderedType) = struct
  module Cache = Ip_reassembly_cache.Make (Key)

  type t = incomplete Cache.t

  let empty capacity = Cache.empty ~weight capacity
  let capacity = Cache.capacity
  let weight = Cache.weight
  let size = Cache.size
  let find = Cache.find
  let add = Cache.add
  let remove = Cache.remove
  let trim = Cache.trim

  (* Only those at the front can have waited too long without being touched;
     others are looked at when a fragment of theirs comes. *)
  let rec forget_expired now cache =
    match Cache.oldest cache with
    | Some (key, v) when expired now v -> forget_expired now (remove key cache)
    | _ -> cache

  let started cache now key =
    match find key cache with
    | Some v when not (expired now v) -> v
    | _ -> (now, Cstruct.empty, false, 0, [])

  let keep cache key v =
    match completed v with
    | Some datagram -> (remove key cache, Some datagram)
    | None -> (trim (add key v cache), None)

  let arrive cache ~now ~max_bytes key a =
    let cache = forget_expired now cache in
    if not (acceptable ~max_bytes a) then (cache, None)
    else
      match add_fragment a (started cache now key) with
      | None -> (remove key cache, None)
      | Some v -> keep cache key v
end

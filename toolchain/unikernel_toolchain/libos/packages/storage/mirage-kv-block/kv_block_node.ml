open Kv_block_device
open Kv_block_superblock

(* A node fills the beginning of a block, all numbers with the lowest byte first:

      0  "KVNd"     4  level, 0 in a leaf     8  entries     12  bytes in use, of all      16

   Entries follow in the order of their keys, each behind the length of its key (2 bytes).
   Of a leaf: kind (1), key, and then, by the kind,
     0  a value          days (4), picoseconds (8), MD5 (16), its length (4), its bytes
     1  a longer one     days (4), picoseconds (8), MD5 (16), its length (8)
     2  an extent of it  first block (4), blocks (4), CRC of them (4)
   Of others: key, block (4) and CRC (4) of the node that has all keys from this one on.

   Keys are the path's segments with a "/" behind each; an extent's is its value's with the
   number of its first block in the value behind it, in 4 bytes, highest first. *)

type meta = {
  days : int;
  picoseconds : int64;
  digest : string;
}

type entry =
  | Value of meta * string
  | Long_value of meta * int
  | Extent of {
      first : int;
      count : int;
      crc : int;
    }

type t =
  | Leaf of (string * entry) array
  | Inner of int * (string * child) array

and child =
  | Stored of pointer
  | Changed of t

let magic = 0x644e564b
let header = 16
let suffix = 4
let path_most = 1024
let meta_size = 28
let extent_bytes_most = 1 lsl 18
let picoseconds_a_day = 86_400_000_000_000_000L
let level = function Leaf _ -> 0 | Inner (level, _) -> level

let entry_size (key, entry) =
  3 + String.length key
  +
  match entry with
  | Value (_, bytes) -> meta_size + 4 + String.length bytes
  | Long_value _ -> meta_size + 8
  | Extent _ -> 12

let child_size (key, _) = 10 + String.length key
let sum size entries = Array.fold_left (fun total it -> total + size it) header entries

let size = function
  | Leaf entries -> sum entry_size entries
  | Inner (_, children) -> sum child_size children

(* Three of the largest fit a node, so that the halves of one with an entry too many do. *)
let entry_most ~block_size = (block_size - header) / 3

(* ---- Writing *)

let put_short c at n = Cstruct.LE.set_uint32 c at (Int32.of_int n)

let put_text c at text =
  Cstruct.blit_from_string text 0 c at (String.length text);
  at + String.length text

let put_meta c at meta =
  put_short c at meta.days;
  Cstruct.LE.set_uint64 c (at + 4) meta.picoseconds;
  put_text c (at + 12) meta.digest

let put_entry c at ((key, entry) : string * entry) =
  let kind = match entry with Value _ -> 0 | Long_value _ -> 1 | Extent _ -> 2 in
  Cstruct.LE.set_uint16 c at (String.length key);
  Cstruct.set_uint8 c (at + 2) kind;
  let at = put_text c (at + 3) key in
  match entry with
  | Value (meta, bytes) ->
      let at = put_meta c at meta in
      put_short c at (String.length bytes);
      put_text c (at + 4) bytes
  | Long_value (meta, length) ->
      let at = put_meta c at meta in
      Cstruct.LE.set_uint64 c at (Int64.of_int length);
      at + 8
  | Extent { first; count; crc } ->
      put_short c at first;
      put_short c (at + 4) count;
      put_short c (at + 8) crc;
      at + 12

let put_child c at (key, child) =
  match child with
  | Changed _ -> invalid_arg "Kv_block_node.encode: a child that is not stored yet"
  | Stored { block; crc } ->
      Cstruct.LE.set_uint16 c at (String.length key);
      let at = put_text c (at + 2) key in
      put_short c at block;
      put_short c (at + 4) crc;
      at + 8

let encode ~block_size node =
  let c = Cstruct.create block_size in
  let count, stop =
    match node with
    | Leaf entries -> (Array.length entries, Array.fold_left (put_entry c) header entries)
    | Inner (_, children) ->
        (Array.length children, Array.fold_left (put_child c) header children)
  in
  put_short c 0 magic;
  put_short c 4 (level node);
  put_short c 8 count;
  put_short c 12 stop;
  c

let checksum c = Crc32c.of_cstruct c

(* ---- Reading. Nothing is believed: a checksum keeps accidents out, not people. *)

type reader = {
  bytes : Cstruct.t;  (** those in use *)
  mutable at : int;
}

let take r length =
  if length < 0 || length > Cstruct.length r.bytes - r.at then
    damaged [ "an entry that goes past its node" ];
  let at = r.at in
  r.at <- at + length;
  at

let take_byte r = Cstruct.get_uint8 r.bytes (take r 1)
let take_pair r = Cstruct.LE.get_uint16 r.bytes (take r 2)
let take_short r = Int32.to_int (Cstruct.LE.get_uint32 r.bytes (take r 4)) land 0xffffffff
let take_number r = Cstruct.LE.get_uint64 r.bytes (take r 8)
let take_text r length = Cstruct.to_string ~off:(take r length) ~len:length r.bytes

let take_meta r =
  let days = Int32.to_int (Int32.of_int (take_short r)) in
  let picoseconds = take_number r in
  if picoseconds < 0L || picoseconds >= picoseconds_a_day then
    damaged [ "a time that no day has" ];
  { days; picoseconds; digest = take_text r 16 }

let take_key r length =
  if length > path_most + suffix then damaged [ "a key that is too long" ];
  take_text r length

let take_entry r =
  let length = take_pair r in
  let kind = take_byte r in
  let key = take_key r length in
  match kind with
  | 0 ->
      let meta = take_meta r in
      let length = take_short r in
      (key, Value (meta, take_text r length))
  | 1 ->
      let meta = take_meta r in
      let length = take_number r in
      if length < 0L || length > 0xff_ffff_ffff_ffffL then damaged [ "a value of no length" ];
      (key, Long_value (meta, Int64.to_int length))
  | 2 ->
      let first = take_short r in
      let count = take_short r in
      (key, Extent { first; count; crc = take_short r })
  | _ -> damaged [ "an entry of an unknown kind" ]

let take_child r =
  let key = take_key r (take_pair r) in
  let block = take_short r in
  (key, Stored { block; crc = take_short r })

let check_order entries =
  let later i = i = 0 || String.compare (fst entries.(i - 1)) (fst entries.(i)) < 0 in
  Array.iteri (fun i _ -> if not (later i) then damaged [ "keys out of order" ]) entries

let entries r count take =
  let none = take r in
  let all = Array.make count none in
  for i = 1 to count - 1 do
    all.(i) <- take r
  done;
  if r.at <> Cstruct.length r.bytes then damaged [ "bytes behind the last entry" ];
  check_order all;
  all

let decode c ~level:expected =
  let short at = Int32.to_int (Cstruct.LE.get_uint32 c at) land 0xffffffff in
  let count = short 8 and stop = short 12 in
  if short 0 <> magic then damaged [ "no node where one must be" ];
  if short 4 <> expected then damaged [ "a node of another level" ];
  if stop < header || stop > Cstruct.length c then damaged [ "a node longer than its block" ];
  (* an entry has three bytes at least *)
  if count = 0 || count > stop / 3 then damaged [ "a node with a wrong number of entries" ];
  let r = { bytes = Cstruct.sub c 0 stop; at = header } in
  if expected = 0 then Leaf (entries r count take_entry)
  else Inner (expected, entries r count take_child)

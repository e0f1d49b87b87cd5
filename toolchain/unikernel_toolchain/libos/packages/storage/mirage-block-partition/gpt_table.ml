type header = {
  first_usable : int64;
  last_usable : int64;
  table : int64;
  count : int;
  entry_size : int;
  checksum : int32;
}

let headers = 2L (* sectors that no partition has: the record's and the header's *)
let header_least = 92
let entry_least = 128
let table_most = 1 lsl 20
let table_bytes header = header.count * header.entry_size
let number sector at = Int64.to_int (Int64.logand (Int64.of_int32 (Cstruct.LE.get_uint32 sector at)) 0xffff_ffffL)

(* The checksum is taken with its own field zero. *)
let checksum_holds sector size =
  let part = Cstruct.sub sector in
  Cstruct.LE.get_uint32 sector 16
  = Gpt_crc32.of_parts [ part 0 16; Cstruct.create 4; part 20 (size - 20) ]

let read sector =
  let long = Cstruct.LE.get_uint64 sector in
  {
    first_usable = long 40;
    last_usable = long 48;
    table = long 72;
    count = number sector 80;
    entry_size = number sector 84;
    checksum = Cstruct.LE.get_uint32 sector 88;
  }

let is_on ~size_sectors sector =
  Int64.compare sector 0L >= 0 && Int64.compare sector size_sectors < 0

let has_table_on ~size_sectors ~sector_size header =
  header.entry_size >= entry_least
  && header.entry_size <= table_most
  && header.count <= table_most / header.entry_size
  && is_on ~size_sectors header.table
  &&
  let sectors = (table_bytes header + sector_size - 1) / sector_size in
  Int64.compare (Int64.of_int sectors) (Int64.sub size_sectors header.table) <= 0

let header sector ~at ~size_sectors =
  let size = number sector 12 in
  if Cstruct.to_string ~len:8 sector <> "EFI PART" then Error "there is no GPT header"
  else if size < header_least || size > Cstruct.length sector then
    Error "the GPT header has a size that makes no sense"
  else if not (checksum_holds sector size) then
    Error "the checksum of the GPT header does not hold"
  else if Cstruct.LE.get_uint64 sector 24 <> at then
    Error "the GPT header belongs to another place"
  else
    let header = read sector and sector_size = Cstruct.length sector in
    if
      Int64.compare header.first_usable headers < 0
      || not (is_on ~size_sectors header.first_usable && is_on ~size_sectors header.last_usable)
    then Error "the sectors that the GPT is for are not all on the block device"
    else if not (has_table_on ~size_sectors ~sector_size header) then
      Error "the table of the GPT does not lie on the block device"
    else Ok header

(* {1 Entries} *)

(* The first three groups are little-endian numbers. *)
let guid bytes =
  let hexadecimal at = Printf.sprintf "%02x" (Cstruct.get_uint8 bytes at) in
  let group places = String.concat "" (List.map hexadecimal places) in
  String.concat "-"
    (List.map group
       [ [ 3; 2; 1; 0 ]; [ 5; 4 ]; [ 7; 6 ]; [ 8; 9 ]; [ 10; 11; 12; 13; 14; 15 ] ])

(* Up to the first zero; half a surrogate pair is the replacement character. *)
let name bytes =
  let buffer = Buffer.create 36 and length = Cstruct.length bytes in
  let unit at = if at + 1 < length then Cstruct.LE.get_uint16 bytes at else 0 in
  let add code =
    Buffer.add_utf_8_uchar buffer
      (if Uchar.is_valid code then Uchar.of_int code else Uchar.rep)
  in
  let rec from at =
    let high = unit at and low = unit (at + 2) in
    if high <> 0 then
      if high land 0xfc00 = 0xd800 && low land 0xfc00 = 0xdc00 then (
        add (0x10000 + ((high land 0x3ff) lsl 10) + (low land 0x3ff));
        from (at + 4))
      else (
        add high;
        from (at + 2))
  in
  from 0;
  Buffer.contents buffer

let unused = "00000000-0000-0000-0000-000000000000"

let entry header table index : Partition_entry.t option =
  let bytes = Cstruct.sub table (index * header.entry_size) header.entry_size in
  let kind = guid bytes in
  if kind = unused then None
  else
    let first = Cstruct.LE.get_uint64 bytes 32 and last = Cstruct.LE.get_uint64 bytes 40 in
    Some
      {
        number = index + 1;
        kind = Gpt kind;
        name = name (Cstruct.sub bytes 56 72);
        bootable = Int64.logand (Cstruct.LE.get_uint64 bytes 48) 4L <> 0L;
        first;
        sectors = Int64.succ (Int64.sub last first);
      }

let entries header table =
  let table = Cstruct.sub table 0 (table_bytes header) in
  if Gpt_crc32.of_parts [ table ] <> header.checksum then
    Error "the checksum of the GPT's table does not hold"
  else
    let found = List.filter_map (entry header table) (List.init header.count Fun.id) in
    Partition_entry.check ~first:header.first_usable ~last:header.last_usable found

type t = {
  name : string;
  keys : string * string;
  short : string;
  attributes : int;
  cluster : int;
  size : int;
  first_slot : int;
  last_slot : int;
}

let slot_bytes = 32
let read_only_attribute = 0x01
let label_attribute = 0x08
let directory_attribute = 0x10
let archive_attribute = 0x20
let long_attributes = 0x0f
let free_mark = 0xe5
let is_directory t = t.attributes land directory_attribute <> 0
let is_read_only t = t.attributes land read_only_attribute <> 0
let count content = Cstruct.length content / slot_bytes
let first_byte content slot = Cstruct.get_uint8 content (slot * slot_bytes)

let end_slot content =
  let rec from slot =
    if slot < count content && first_byte content slot <> 0 then from (slot + 1) else slot
  in
  from 0

let is_free content slot = first_byte content slot = free_mark
let give_back content slot = Cstruct.set_uint8 content (slot * slot_bytes) free_mark

(* ---- Long names: parts of 13 units, the last part first, each with its number from 1. *)

let part_units = 13
let last_part = 0x40
let unit_at = [| 1; 3; 5; 7; 9; 14; 16; 18; 20; 22; 24; 28; 30 |]

(* The parts read so far of a long name: their number is right, and so is the checksum they
   share; [missing] come before the file's own slot. *)
type long = {
  units : int list;
  missing : int;
  sum : int;
  first : int;
}

let units_of slot =
  let all = Array.to_list (Array.map (Cstruct.LE.get_uint16 slot) unit_at) in
  let rec before_end = function
    | 0 :: _ | [] -> []
    | unit :: others -> unit :: before_end others
  in
  before_end all

let continued long slot ~number =
  let order = Cstruct.get_uint8 slot 0 and sum = Cstruct.get_uint8 slot 13 in
  let part = order land 0x3f in
  let units = units_of slot in
  if order land last_part <> 0 then
    if part >= 1 && part <= 20 then Some { units; missing = part - 1; sum; first = number } else None
  else
    match long with
    | Some long when long.missing = part && part > 0 && long.sum = sum ->
        Some { long with units = units @ long.units; missing = part - 1 }
    | Some _ | None -> None

let name_of slot ~short ~long =
  match long with
  | Some { units; _ } -> Fat_name.of_units (Array.of_list units)
  | None ->
      let case = Cstruct.get_uint8 slot 12 in
      let lower bit = case land bit <> 0 in
      let name = Fat_name.of_short short ~lower_base:(lower 0x08) ~lower_extension:(lower 0x10) in
      if name = "" then "_" else name

let decoded slot ~long ~number =
  let short = Cstruct.to_string ~len:11 slot in
  let attributes = Cstruct.get_uint8 slot 11 in
  let low = Cstruct.LE.get_uint16 slot 26 and high = Cstruct.LE.get_uint16 slot 20 in
  let size = Int32.to_int (Cstruct.LE.get_uint32 slot 28) land 0xffff_ffff in
  let name = name_of slot ~short ~long in
  let alias = Fat_name.of_short short ~lower_base:false ~lower_extension:false in
  let first_slot = Option.fold ~none:number ~some:(fun long -> long.first) long in
  {
    name;
    keys = (Fat_name.key name, Fat_name.key alias);
    short;
    attributes;
    cluster = (high lsl 16) lor low;
    size = (if attributes land directory_attribute <> 0 then 0 else size);
    first_slot;
    last_slot = number;
  }

(* Labels own no clusters: what does is shown. *)
let is_hidden entry =
  (entry.attributes land label_attribute <> 0 && entry.cluster = 0)
  || entry.short = ".          " || entry.short = "..         "

let whole long ~short =
  match long with
  | Some { missing = 0; sum; units = _ :: _; _ } when sum = Fat_name.checksum short -> long
  | Some _ | None -> None

let scan content =
  (* [from_part] is the first of the slots that may be parts of the next entry's name. *)
  let rec from number ~from_part long found strays =
    let stray_until n = List.init (n - from_part) (fun i -> from_part + i) @ strays in
    if number >= count content || first_byte content number = 0 then
      (List.rev found, stray_until number)
    else
      let slot = Cstruct.sub content (number * slot_bytes) slot_bytes in
      let next = number + 1 in
      if is_free content number then from next ~from_part:next None found (stray_until number)
      else if Cstruct.get_uint8 slot 11 land 0x3f = long_attributes then
        match continued long slot ~number with
        | Some { first; _ } as long when first = number ->
            from next ~from_part:number long found (stray_until number)
        | long -> from next ~from_part long found strays
      else
        let long = whole long ~short:(Cstruct.to_string ~len:11 slot) in
        let entry = decoded slot ~long ~number in
        let found = if is_hidden entry then found else entry :: found in
        from next ~from_part:next None found (stray_until entry.first_slot)
  in
  from 0 ~from_part:0 None [] []

(* ---- New entries *)

let parts_of units = (Array.length units + part_units - 1) / part_units

let slots_of units =
  match Fat_name.short_fits units with
  | Some _ -> 1
  | None -> 1 + parts_of units

let first_date = 0x21

let set_start slot ~cluster ~size =
  Cstruct.LE.set_uint16 slot 20 (cluster lsr 16);
  Cstruct.LE.set_uint16 slot 26 (cluster land 0xffff);
  Cstruct.LE.set_uint32 slot 28 (Int32.of_int size)

let own_slot ~short ~attributes ~cluster ~size =
  let slot = Cstruct.create slot_bytes in
  Cstruct.blit_from_string short 0 slot 0 11;
  if short.[0] = '\xe5' then Cstruct.set_uint8 slot 0 0x05;
  Cstruct.set_uint8 slot 11 attributes;
  List.iter (fun at -> Cstruct.LE.set_uint16 slot at first_date) [ 16; 18; 24 ];
  set_start slot ~cluster ~size;
  slot

(* Behind the name comes one 0, and then ones. *)
let part units ~number ~parts ~sum =
  let slot = Cstruct.create slot_bytes in
  let unit i =
    let at = ((number - 1) * part_units) + i in
    if at < Array.length units then units.(at) else if at = Array.length units then 0 else 0xffff
  in
  Cstruct.set_uint8 slot 0 (if number = parts then number lor last_part else number);
  Cstruct.set_uint8 slot 11 long_attributes;
  Cstruct.set_uint8 slot 13 sum;
  Array.iteri (fun i at -> Cstruct.LE.set_uint16 slot at (unit i)) unit_at;
  slot

let encode units ~short ~attributes ~cluster ~size =
  let parts = slots_of units - 1 and sum = Fat_name.checksum short in
  let long = List.init parts (fun i -> part units ~number:(parts - i) ~parts ~sum) in
  Cstruct.concat (long @ [ own_slot ~short ~attributes ~cluster ~size ])

let made units ~short ~attributes ~cluster ~first_slot =
  let name =
    match Fat_name.short_fits units with
    | Some short -> Fat_name.of_short short ~lower_base:false ~lower_extension:false
    | None -> Fat_name.of_units units
  in
  let alias = Fat_name.of_short short ~lower_base:false ~lower_extension:false in
  {
    name;
    keys = (Fat_name.key name, Fat_name.key alias);
    short;
    attributes;
    cluster;
    size = 0;
    first_slot;
    last_slot = first_slot + slots_of units - 1;
  }

let dots ~itself ~parent =
  let directory = own_slot ~attributes:directory_attribute ~size:0 in
  Cstruct.append
    (directory ~short:".          " ~cluster:itself)
    (directory ~short:"..         " ~cluster:parent)

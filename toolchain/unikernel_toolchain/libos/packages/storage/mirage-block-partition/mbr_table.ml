type entry = { kind : int; bootable : bool; first : int64; sectors : int64 }

let first_entry = 446
let entry_size = 16
let signature = 510
let unsigned n = Int64.logand (Int64.of_int32 n) 0xffff_ffffL

let entry sector number =
  let at = first_entry + (entry_size * number) in
  let kind = Cstruct.get_uint8 sector (at + 4) in
  if kind = 0 then None
  else
    Some
      {
        kind;
        bootable = Cstruct.get_uint8 sector at = 0x80;
        first = unsigned (Cstruct.LE.get_uint32 sector (at + 8));
        sectors = unsigned (Cstruct.LE.get_uint32 sector (at + 12));
      }

let entries sector =
  if Cstruct.LE.get_uint16 sector signature <> 0xaa55 then None
  else Some (Array.init 4 (entry sector))

let is_extended { kind; _ } = kind = 0x05 || kind = 0x0f || kind = 0x85
let is_protective { kind; _ } = kind = 0xee

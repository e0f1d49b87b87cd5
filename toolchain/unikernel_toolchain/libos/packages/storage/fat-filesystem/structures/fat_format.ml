type t = FAT12 | FAT16 | FAT32

let to_string = function
  | FAT12 -> "FAT12"
  | FAT16 -> "FAT16"
  | FAT32 -> "FAT32"

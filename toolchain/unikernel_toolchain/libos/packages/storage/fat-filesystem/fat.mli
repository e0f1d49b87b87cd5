(** FAT12, FAT16 and FAT32 with long names (MirageOS 3.9, fat-filesystem 0.14),
    after Microsoft's FAT specification 1.03.

    Names are UTF-8, found without regard to case and by their short aliases.
    What is acknowledged is on the device, and a guest that is killed at any
    moment leaves a file system in which at most clusters belong to nothing, or
    to a file that needs fewer. There is no clock: files that are made have
    FAT's first date, 1980-01-01, and others keep theirs. *)

module FS = Fat_fs.Make

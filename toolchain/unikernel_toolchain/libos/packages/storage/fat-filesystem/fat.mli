(** FAT12, FAT16 and FAT32 with long names (MirageOS 3.9, fat-filesystem 0.14),
    after Microsoft's FAT specification 1.03.

    Names are UTF-8, found without regard to case and by their short aliases.
    What is acknowledged is on the device, and a guest that is killed at any
    moment leaves a file system in which at most clusters belong to nothing, or
    to a file that needs fewer. There is no clock: files that are made have
    FAT's first date, 1980-01-01, and others keep theirs. *)

module FS = Fat_fs.Make

(** A block device with a cache that can be flushed. *)
module type BLOCK = Fat_device.S

module Durable_FS = Fat_fs.Durable
(** The same for such devices: what is acknowledged survives a power cut, too. The
    device writes sectors whole or not at all, in any order between two flushes. *)

(** Names of files: long ones in UTF-16, and their short aliases of 8 and 3
    characters (specification section "Long Directory Entries"). Names of the
    interface are UTF-8. *)

type units = int array
(** UTF-16, one number a unit. *)

val longest : int
(** Units of a long name: 255. *)

val to_units : string -> (units, string) result
(** Of a name that a file may have: dots and blanks at its end fall away. The
    error is a sentence: not UTF-8, too long, nothing left, ["."], [".."], or a
    character that FAT has no room for. *)

val of_units : units -> string
(** Halves of pairs that stand alone become U+FFFD. *)

val key : string -> string
(** The same for names that differ in case alone, or in dots and blanks at their
    ends. *)

val short_fits : units -> string option
(** The 11 bytes of a short name that says all of this one. *)

val alias : units -> taken:(string -> bool) -> string
(** 11 bytes like ["LONGNA~1TXT"] that are not taken. *)

val of_short : string -> lower_base:bool -> lower_extension:bool -> string
(** A short name's 11 bytes as people write it; code page 437. *)

val checksum : string -> int
(** Of a short name's 11 bytes, 8 bits: ties long entries to it. *)

(** A block device in memory. It counts, it can be told to fail, and it
    remembers its writes, so that they can be cut off anywhere. *)

include Mirage_block.S

val create : ?sector_size:int -> ?read_write:bool -> int -> t
(** Of so many bytes, all zeros; sectors have 512 bytes by default. *)

val of_content : ?sector_size:int -> ?read_write:bool -> string -> t
(** Zeros behind it, to a sector's end. *)

val content : t -> string
val copy : t -> t

val fail_after : t -> int -> unit
(** After so many more requests all are answered with [`Disconnected]. *)

val requests : t -> int

val read_bytes : t -> int
(** How much was read. *)

(** {1 Writes} *)

type write = {
  sector : int;
  data : string;
}

val record : t -> unit
(** From now on writes are remembered. *)

val recorded : t -> int
(** How many so far. *)

val writes : t -> write array

val apply : t -> write -> only:(int -> bool) -> unit
(** Of a write, those sectors, counted from its first, that [only] lets
    through: a device may have written any of them when it is cut off. *)

val run : 'a Lwt.t -> 'a
(** What a promise of this device's users, which never waits, became.
    @raise Failure when it waits. *)

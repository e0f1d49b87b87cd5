(** A block device over bytes that others share: what is written to it is its own.
    It costs what is touched, however large it is. *)

include Mirage_block.S

val create : ?read_write:bool -> sector_size:int -> most_requests:int -> Cstruct.t -> t
(** Over these bytes, as far as they are whole sectors.
    [most_requests]: one more is a loop, and raises [Failure]. *)

val patch : t -> int -> string -> unit
(** Overwrites from this byte on, as far as the device goes. *)

val byte : t -> int -> int
(** 0 behind the device's end. *)

val copy : t -> t
(** With no requests so far. *)

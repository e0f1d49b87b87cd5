(** A block device in memory that remembers in which order sectors were written
    and flushed, so that its power can be cut at every moment afterwards. *)

include
  Mirage_block.S
  with type error = Mirage_block.error
   and type write_error = Mirage_block.write_error

val flush : t -> (unit, write_error) result Lwt.t

type image = {
  durable : Bytes.t;  (** what outlives a power cut *)
  pending : (int * string) list;
  (** sectors that were written since the last flush, the last one first *)
}

val of_image : ?read_write:bool -> sector_size:int -> image -> t
(** What is pending is read, and not durable: the program was killed, and the
    power is still on. *)

val of_bytes : ?read_write:bool -> sector_size:int -> Bytes.t -> t

val set_fails : t -> (unit -> bool) -> unit
(** Whether the next request fails; one that writes may have done a half of it. *)

val set_before : t -> ([ `Read | `Write | `Flush ] -> unit Lwt.t) -> unit
(** What each request waits for. *)

val misuse : t -> string option
(** What was asked of it that may not be asked of a block device, which also
    raised [Invalid_argument]. *)

val events : t -> int
(** Sectors written and flushes, so far. *)

val contents : t -> Bytes.t
(** What is read. *)

val images : t -> (int -> (unit -> image) -> unit) -> unit
(** Calls a function for each number of events, from none to all, with what the
    device held after so many. *)

(** What becomes of pending sectors when the power is cut: each is as it was, as
    some write since the last flush had it, or garbage. *)
type cut =
  | Nothing_kept
  | All_kept
  | Any  (** each as before or as a write had it, in no order *)
  | Some_torn  (** the same, and garbage in some *)

val cut : sector_size:int -> below:(int -> int) -> cut -> image -> image
(** [below n] is a random number from 0 to [n - 1]. *)

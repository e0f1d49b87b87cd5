(** Going over block devices in pieces. *)

module type SEEKABLE = sig
  include Mirage_block.S

  val seek_unmapped : t -> int64 -> (int64, error) result Lwt.t
  val seek_mapped : t -> int64 -> (int64, error) result Lwt.t
end

val bytes : Mirage_block.info -> int64
(** The size of a device. *)

val piece_bytes : Mirage_block.info list -> int
(** About 64 KiB, whole sectors of all these devices. *)

val pieces :
  first:int64 ->
  size:int64 ->
  piece:int ->
  (int64 -> int -> 'acc -> ('acc, 'e) result Lwt.t) ->
  'acc ->
  ('acc, 'e) result Lwt.t
(** [pieces ~first ~size ~piece visit acc] calls [visit] with the offset and the length, in
    bytes, of each piece of the [size] bytes from [first] on, in order, until one fails. *)

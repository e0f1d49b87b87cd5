(** Block devices. *)

open Functoria

type block

val block : block typ

val block_of_file : string -> block impl
(** The image's block device that is called as the file, without its suffix; what it is wired to
    is said at boot. *)

val block_of_xenstore_id : string -> block impl
val ramdisk : string -> block impl

val generic_block :
  ?group:string ->
  ?key:[ `XenstoreId | `BlockFile | `Ramdisk ] Functoria.value ->
  string ->
  block impl

val of_data : string -> (device:string -> Functoria_answer.data) -> block impl
(** [of_data name data] is the image's block device [name], with this data, made at build. *)

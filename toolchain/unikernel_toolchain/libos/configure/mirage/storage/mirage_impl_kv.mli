(** Key-value stores and file systems. *)

open Functoria
open Mirage_impl_block

type kv_ro

val kv_ro : kv_ro typ

val crunch : string -> kv_ro impl
(** The folder's files, compiled into the image. *)

val archive : block impl -> kv_ro impl
val archive_of_files : ?dir:string -> unit -> kv_ro impl
val direct_kv_ro : string -> kv_ro impl

val generic_kv_ro :
  ?group:string ->
  ?key:[ `Archive | `Crunch | `Direct | `Fat ] Functoria.value ->
  string ->
  kv_ro impl

type kv_rw

val kv_rw : kv_rw typ
val direct_kv_rw : string -> kv_rw impl
val kv_rw_mem : ?clock:Mirage_impl_time.pclock impl -> unit -> kv_rw impl

type fs

val fs : fs typ
val fat : block impl -> fs impl
val fat_of_files : ?dir:string -> ?regexp:string -> unit -> fs impl
val kv_ro_of_fs : fs impl -> kv_ro impl

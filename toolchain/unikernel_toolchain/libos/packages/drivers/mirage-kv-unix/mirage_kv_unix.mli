(** A key-value store that is a directory of the host, on the target unix: keys
    are paths of files, dictionaries are directories (MirageOS 3.9,
    mirage-kv-unix 2.1).

    What opens the files is a process beside this one, which leads to nothing
    outside the directory and follows no links; links, devices and names that
    begin with [.unikernel-new-] are not there. A value is replaced at once: who
    reads it, here or on the host, sees the one before or the one after, and
    when [set] or [remove] has answered it outlives a power cut. The whole guest
    waits for each answer. *)

type error =
  [ Mirage_kv.error
  | `Storage_error of Mirage_kv.Key.t * string  (** what went wrong, for people *) ]

type write_error =
  [ Mirage_kv.write_error
  | `Storage_error of Mirage_kv.Key.t * string
  | `Key_exists of Mirage_kv.Key.t  (** as something that is neither file nor directory *) ]

include Mirage_kv.RW with type error := error and type write_error := write_error

val connect : string -> t Lwt.t
(** [connect name] takes the directory of that name, which the host gives with
    [--kv name=DIR], or the boot variables [UNIKERNEL_KV] and [UNIKERNEL_KV_0].
    Fails with a sentence when there is none. *)

val batch : t -> ?retries:int -> (t -> 'a Lwt.t) -> 'a Lwt.t
(** Changes are made one after the other when the function ends, each at once
    and all of them not: the host has nothing for that. Fails with a sentence at
    the first that cannot be made. Nobody else of this guest comes between;
    [retries] is not needed. *)

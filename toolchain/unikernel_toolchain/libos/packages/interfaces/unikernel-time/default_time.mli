(** How to sleep, for protocols whose interface has no [Mirage_time.S] to give
    them one and who must still end what a stranger keeps waiting. *)

val set : (int64 -> unit Lwt.t) -> unit
(** Here is how to sleep so many nanoseconds. [OS] says it before the
    application starts, a test's clock in its place. *)

val sleep_ns : int64 -> unit Lwt.t
(** As told; for ever when nobody has. *)

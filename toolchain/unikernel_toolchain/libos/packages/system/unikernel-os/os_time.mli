(** Sleeping, as [Mirage_time.S] has it. *)

val now_ns : unit -> int
(** The platform's monotonic clock. *)

val sleep_ns : int64 -> unit Lwt.t
(** [sleep_ns n] resolves [n] nanoseconds from now; [n] is read as unsigned, and
    what the clock cannot reach in 146 years is for ever. It can be cancelled. *)

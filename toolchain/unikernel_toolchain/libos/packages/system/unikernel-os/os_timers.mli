(** Pending timers in a binary heap: setting, firing and cancelling one takes
    O(log n). Times are nanoseconds of a monotonic clock that the caller reads. *)

val wait_until : int -> unit Lwt.t
(** [wait_until deadline_ns] resolves when {!wake} sees that time. It can be
    cancelled, which takes the timer out of the heap. *)

val wake : now_ns:int -> unit
(** Resolves every promise whose deadline is [now_ns] or before, the earliest
    first and those of one deadline in the order they were made. *)

val next_deadline_ns : unit -> int
(** The earliest deadline; [max_int] when no timer is pending. *)

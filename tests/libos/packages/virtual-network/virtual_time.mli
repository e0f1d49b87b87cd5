(** A clock that jumps to the next sleeper, so that hours pass in no time. *)

module Time : Mirage_time.S
module Mclock : Mirage_clock.MCLOCK

val now_ns : unit -> int64

val run : ?limit_s:int -> (unit -> 'a Lwt.t) -> 'a
(** Runs a promise from time 0 until it is resolved.
    @raise Failure when it waits with nobody asleep, and when more than
    [limit_s] (default 3600) virtual seconds have passed. *)

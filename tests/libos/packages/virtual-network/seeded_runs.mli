(** Many short runs of one model, each seeded by its number.

    STACK_RUNS (100,000) is how many there are, STACK_SEED shifts them all, and
    STACK_RUN=n repeats one alone. *)

val all : ?default:int -> string -> (unit -> unit) -> unit
(** A test case; [default] stands for 100,000 where a run takes longer. In each run the
    functions below give the same again.
    @raise Failure with the number of the run that failed. *)

val only : int
(** The number of the run that is asked for alone, or -1. *)

val number : unit -> int
(** Of the run that is on. *)

val below : int -> int
val int32 : int32 -> int32

val chance : int -> bool
(** In percent. *)

val with_probability : float -> bool
val pick : 'a array -> 'a
val pick_of : 'a list -> 'a
val bytes : int -> Cstruct.t

val reach : string -> unit
(** Counts that a run came by here. *)

val reached : string list -> unit
(** Prints the counts.
    @raise Failure when a place was never reached, unless one run was asked
    for. *)

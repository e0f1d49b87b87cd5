(** Many short runs of one model, each seeded by its number.

    STACK_RUNS (100,000) is how many there are, STACK_SEED shifts them all, and
    STACK_RUN=n repeats one alone. *)

val all : string -> (unit -> unit) -> unit
(** A test case. In each run the functions below give the same again.
    @raise Failure with the number of the run that failed. *)

val below : int -> int
val chance : int -> bool
(** In percent. *)

val pick : 'a array -> 'a
val bytes : int -> Cstruct.t

val reach : string -> unit
(** Counts that a run came by here. *)

val reached : string list -> unit
(** Prints the counts.
    @raise Failure when a place was never reached, unless one run was asked
    for. *)

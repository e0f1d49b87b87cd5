(** Randomness that repeats: seeded by STACK_SEED, 1 by default. *)

val state : Random.State.t
val seed : int

module Random : Mirage_random.S

val bytes : int -> Cstruct.t
val chance : float -> bool
val shuffle : 'a list -> 'a list

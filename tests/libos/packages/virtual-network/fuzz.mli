(** Seeded fuzzing of parsers. *)

val inputs : int
(** How many each parser gets: STACK_FUZZ, 80,000 by default. *)

val mutant : Cstruct.t array -> Cstruct.t
(** A variation of one of these samples, or noise; somewhere inside a larger
    buffer. *)

val parser :
  ?repair:(Cstruct.t -> unit) ->
  string ->
  samples:Cstruct.t list ->
  parse:(Cstruct.t -> ('a, 'e) result) ->
  marshal:('a -> Cstruct.t) ->
  equal:('a -> 'a -> bool) ->
  unit
(** A test case: no input makes the parser raise, every sample is accepted, and
    what it accepts is the same after [marshal] and [parse]. [repair] makes
    checksums right in half of the inputs, as they would hide the rest. *)

val total : unit -> int
(** Inputs so far. *)

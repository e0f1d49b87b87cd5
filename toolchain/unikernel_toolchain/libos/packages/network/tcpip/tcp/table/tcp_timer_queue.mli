(** The next timer among many: a heap whose entries know their place, so that
    moving one costs a few steps and no memory. *)

type 'a t

type 'a slot
(** One timer: scheduled once or not at all. *)

val create : unit -> 'a t
val slot : 'a -> 'a slot

val schedule : 'a t -> 'a slot -> int -> unit
(** At this time (nanoseconds), instead of the time it had before; [max_int] is
    never. *)

val earliest : 'a t -> int
(** [max_int] when nothing is scheduled. *)

val take_due : 'a t -> now:int -> 'a option
(** Removes and returns the owner of the earliest slot not after [now]. *)

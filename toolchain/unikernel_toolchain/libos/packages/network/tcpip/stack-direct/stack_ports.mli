(** Which listener is bound to which port. *)

type 'a t

val create : unit -> 'a t

val bind : 'a t -> port:int -> 'a -> unit
(** Replaces an earlier binding.
    @raise Invalid_argument for a port outside 0 to 65535. *)

val find : 'a t -> int -> 'a option

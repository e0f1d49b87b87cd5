(** What a list of members that comes bit by bit is: the standard library's
    [Stream.t] where it has one, up to OCaml 4.14, and [Seq.t] later. *)

type 'a t = 'a Stream.t

val iter : ('a -> unit) -> 'a t -> unit

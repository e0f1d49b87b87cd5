(** What guests do to a file system, and what is to be there when they were cut off:
    what was acknowledged as it was, and of the one change that was under way the
    old or the new. *)

type step

module Make (Fs : Mirage_fs.S) : sig
  val steps : written:(bool -> int) -> Fs.t -> int -> step list
  (** So many changes of an empty file system. [written] is called when each was
      answered: whether it succeeded, and the moment from which on it has to
      outlive a cut. *)

  val check : Fs.t -> step list -> moment:int -> unit
  (** After a cut at this moment.
      @raise Failure when something is not what it must be. *)

  val afterwards : Fs.t -> unit
  (** One more change, of another file. *)
end

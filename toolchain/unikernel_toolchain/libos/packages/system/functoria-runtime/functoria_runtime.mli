(** Keys of an application over Cmdliner's terms (Functoria 3.1).

    Applications that were configured have theirs in {!Boot_keys}, which needs no Cmdliner;
    these are for what an application itself writes over Cmdliner. *)

module Arg : sig
  type 'a t

  val opt : 'a Cmdliner.Arg.conv -> 'a -> Cmdliner.Arg.info -> 'a t
  val required : 'a Cmdliner.Arg.conv -> Cmdliner.Arg.info -> 'a t

  val key : ?default:'a -> 'a Cmdliner.Arg.conv -> Cmdliner.Arg.info -> 'a t
  (** {!opt} with a default, {!required} without. *)

  val flag : Cmdliner.Arg.info -> bool t
end

module Key : sig
  type 'a t

  val create : 'a Arg.t -> 'a t

  val get : 'a t -> 'a
  (** @raise Invalid_argument before {!term} was evaluated. *)

  val default : 'a t -> 'a option
  (** [None] of a required one. *)

  val term : 'a t -> unit Cmdliner.Term.t
  (** Keeps the value for {!get}. *)
end

val with_argv : unit Cmdliner.Term.t list -> string -> string array -> unit
(** [with_argv terms name argv] evaluates the terms. [name] is that of the program, for what
    is printed. Exits with 64 when the words are wrong, and with 63 after [--help] and
    [--version]. Does nothing once the command line has been read, by this or by
    {!Boot_keys.parse}. *)

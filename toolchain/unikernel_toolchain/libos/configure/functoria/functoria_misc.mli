(** Names and text of generated modules, as MirageOS 3.9's config.ml may use them. *)

exception Refused of string
(** A sentence for whoever configures: the request cannot be met as it is. *)

module Name : sig
  val ocamlify : string -> string
  (** The name with letters, digits and [_] kept, [-] made [_], all else dropped.
      @raise Invalid_argument when nothing is left, or a digit comes first. *)

  val value : string -> string
  (** The same for what becomes a value of a generated module.
      @raise Invalid_argument when no value of OCaml can be called so. *)

  val create : string -> prefix:string -> string
  (** [create s ~prefix] is [prefix] with a number, from 1, which no other name of this prefix
      has. For the same [s], it is the same name. *)
end

(** The text of the main module, which a device's [configure] may add to. *)
module Codegen : sig
  val generated_header : ?argv:string array -> ?time:Ptime.t -> unit -> string
  (** Words for a comment that says where a file comes from. They have the time and the command
      only if these are given: what is generated must be the same every time. *)

  val append : Format.formatter -> ('a, Format.formatter, unit, unit, unit, unit) format6 -> 'a
  (** Prints a line. *)

  val newline : Format.formatter -> unit

  val set_main_ml : string -> unit
  (** Begins the main module anew. Which file it will be is not its own to say: the name is that
      of MirageOS 3.9's function and is not used. *)

  val append_main : ('a, Format.formatter, unit, unit, unit, unit) format6 -> 'a
  (** Adds a line to the main module, before its devices. *)

  val newline_main : unit -> unit

  val main : unit -> string
  (** What has been added. *)
end

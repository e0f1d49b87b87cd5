(** The configure stage of one application. *)

type t = {
  name : string;
  prelude : string;  (** begins the main module *)
  packages : Functoria.package list;  (** besides those of devices *)
  keys : Functoria.key list;  (** besides those of devices and choices *)
  application : Functoria_graph.application;
}

val answer : ?help_ppf:Format.formatter -> t -> string array -> unit
(** Does what these words ask of the program, as {!Functoria_command_line} reads them: devices
    configure themselves and build, and the answer is written, whole or not at all.
    @raise Functoria_misc.Refused when what is asked cannot be.
    @raise Functoria_origin.Wrong when a device cannot be configured.
    @raise Invalid_argument when keys or packages do not go together. *)

val forget : unit -> unit
(** Takes back the answer that was written. *)

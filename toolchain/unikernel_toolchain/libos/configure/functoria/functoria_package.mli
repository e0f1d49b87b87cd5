(** Packages that a device needs. *)

type t = private {
  opam : string;
  pin : string option;
  build : bool;
  ocamlfind : Astring.String.Set.t;
  min : Astring.String.Set.t;
  max : Astring.String.Set.t;
}

val make :
  ?build:bool ->
  ?sublibs:string list ->
  ?ocamlfind:string list ->
  ?min:string ->
  ?max:string ->
  ?pin:string ->
  string ->
  t
(** See [Functoria.package]. *)

val merge : t list -> t list
(** One of each name, sorted by it, which has what all of that name ask for. A package is needed
    to build only when none of them links it.
    @raise Invalid_argument when their pins are different. *)

val libraries : t list -> string list
(** Those to link, each once. *)

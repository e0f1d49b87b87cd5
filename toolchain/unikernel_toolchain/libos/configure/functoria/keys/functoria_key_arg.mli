(** What a key takes, and how it is given: {!Functoria_key.Arg}, with its types. *)

type 'a serialize = Format.formatter -> 'a -> unit
type 'a runtime_conv = string

type 'a converter = {
  conv : 'a Cmdliner.Arg.conv;
  serialize : 'a serialize;
  runtime_conv : string;
  expected : string option;  (** what a value must be, where its parser does not say so *)
}

val conv :
  conv:'a Cmdliner.Arg.conv ->
  serialize:'a serialize ->
  runtime_conv:'a runtime_conv ->
  'a converter

val string : string converter
val bool : bool converter
val int : int converter
val list : 'a converter -> 'a list converter
val some : 'a converter -> 'a option converter

type info = {
  docs : string;
  docv : string option;
  doc : string option;
  env : string option;
  names : string list;  (** at least one *)
}

val default_section : string

val info :
  ?docs:string -> ?docv:string -> ?doc:string -> ?env:string -> string list -> info

type stage = [ `Configure | `Run | `Both ]

type 'a kind =
  | Opt : 'a converter * 'a -> 'a kind
  | Required : 'a converter -> 'a option kind
  | Flag : bool kind

type 'a t = { stage : stage; info : info; kind : 'a kind }

val opt : ?stage:stage -> 'a converter -> 'a -> info -> 'a t
val required : ?stage:stage -> 'a converter -> info -> 'a option t
val flag : ?stage:stage -> info -> bool t

val flags : info -> string list
(** The names, with their dashes. *)

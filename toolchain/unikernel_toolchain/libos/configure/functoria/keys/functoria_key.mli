(** Keys: what an application is told when it is configured, when it boots, or both. This is
    MirageOS 3.9's interface; {!describe} alone is added. *)

module Arg : sig
  type 'a serialize = Format.formatter -> 'a -> unit
  (** Prints a value as an expression of OCaml. *)

  type 'a runtime_conv = string
  (** An expression of OCaml: the converter at boot. *)

  type 'a converter

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

  type 'a t
  type info

  val info :
    ?docs:string -> ?docv:string -> ?doc:string -> ?env:string -> string list -> info
  (** [docs] is the section of the help, ["APPLICATION OPTIONS"] if not said.
      @raise Invalid_argument without a name. *)

  type stage = [ `Configure | `Run | `Both ]

  val opt : ?stage:stage -> 'a converter -> 'a -> info -> 'a t
  (** [stage] is [`Both] if not said, here and below. *)

  val required : ?stage:stage -> 'a converter -> info -> 'a option t
  val flag : ?stage:stage -> info -> bool t
end

type +'a value
(** What depends on keys. *)

val pure : 'a -> 'a value
val ( $ ) : ('a -> 'b) value -> 'a value -> 'b value
val map : ('a -> 'b) -> 'a value -> 'b value
val if_ : bool value -> 'a -> 'a -> 'a value
val match_ : 'a value -> ('a -> 'b) -> 'b value

val default : 'a value -> 'a
(** Its value where no key was given. *)

type 'a key

val create : string -> 'a Arg.t -> 'a key
(** [create name arg]: keys of one application have different names.
    @raise Invalid_argument when [name] can be no name in OCaml. *)

val value : 'a key -> 'a value

type t
(** A key of any type. *)

module Set : sig
  include Set.S with type elt = t

  val pp : elt Fmt.t -> t Fmt.t
end

val abstract : 'a key -> t
val equal : t -> t -> bool
val compare : t -> t -> int
val pp : t Fmt.t
val of_deps : Set.t -> unit value
val deps : 'a value -> Set.t
val pp_deps : 'a value Fmt.t
val is_runtime : t -> bool
val is_configure : t -> bool

val filter_stage : Arg.stage -> Set.t -> Set.t
(** Those that are read at this stage; all of them for [`Both]. *)

module Alias : sig
  type 'a t

  val add : 'b key -> ('a -> 'b option) -> 'a t -> 'a t
  (** [add key f alias] has the alias, given as [v], set [key] to [x] where [f v] is [Some x],
      unless [key] is given itself. *)

  val flag : Arg.info -> bool t
  (** Read when the application is configured. *)
end

val alias : string -> 'a Alias.t -> 'a key

val aliases : t -> Set.t
(** The keys that this one sets. *)

val name : t -> string

type context
(** Keys that have values. *)

val dump_context : context Fmt.t
val empty_context : context

val merge_context : default:context -> context -> context
(** The second's values come first. *)

val add_to_context : 'a key -> 'a -> context -> context

val context : ?stage:Arg.stage -> with_required:bool -> Set.t -> context Cmdliner.Term.t
(** Reads those of the keys that are of this stage. [with_required] has a key of the configure
    stage that is required be there.
    @raise Functoria_misc.Refused in evaluation, when a value is not what its key takes. *)

val mem : context -> 'a value -> bool
val peek : context -> 'a value -> 'a option
val eval : context -> 'a value -> 'a
val get : context -> 'a key -> 'a

val pps : context -> Set.t Fmt.t
(** Prints keys with their values. *)

val ocaml_name : t -> string
val serialize_call : t Fmt.t

val serialize : context -> t Fmt.t
(** Prints the definitions that {!module_name} has of a key. *)

val module_name : string

val is_flag : t -> bool
(** Whether it takes no value. *)

val refuse : t -> t -> string -> 'a
(** Two keys do not go together, for this reason.
    @raise Functoria_origin.Wrong at the place of the one that config.ml has made last.
    @raise Invalid_argument when it has made neither. *)

type description = {
  stage : Arg.stage;
  printed : string;  (** the value, as it would be typed *)
  doc : string;  (** in Cmdliner's markup *)
  section : string;  (** of the help *)
  flags : string list;  (** with their dashes *)
  operand : [ `None  (** a flag has none *) | `Has_default | `Required ];
  operand_name : string;
  variable : string option;  (** of the environment, where no flag is given *)
}

val describe : context -> t -> description

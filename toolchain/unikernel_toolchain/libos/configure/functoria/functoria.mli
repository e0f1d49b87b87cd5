(** The language of config.ml, as MirageOS 3.9 has it: devices and jobs, applied to one another,
    some of them chosen by keys. *)

type _ typ =
  | Type : 'a -> 'a typ
  | Function : 'b typ * 'c typ -> ('b -> 'c) typ

val typ : 'a -> 'a typ
val ( @-> ) : 'a typ -> 'b typ -> ('a -> 'b) typ

type job

val job : job typ

type 'a impl
(** What implements a module type, or what a functor gives. *)

val ( $ ) : ('a -> 'b) impl -> 'a impl -> 'b impl

type abstract_impl = Abstract : _ impl -> abstract_impl

val abstract : _ impl -> abstract_impl

type key = Functoria_key.t
type context = Functoria_key.context
type 'a value = 'a Functoria_key.value

val if_impl : bool value -> 'a impl -> 'a impl -> 'a impl

val match_impl : 'b value -> default:'a impl -> ('b * 'a impl) list -> 'a impl
(** The first of these whose case is equal to the value, else [default]. *)

module type KEY =
  module type of Functoria_key
  with type 'a Arg.converter = 'a Functoria_key.Arg.converter
   and type 'a Arg.t = 'a Functoria_key.Arg.t
   and type Arg.info = Functoria_key.Arg.info
   and type 'a value = 'a Functoria_key.value
   and type 'a key = 'a Functoria_key.key
   and type t = Functoria_key.t
   and type Set.t = Functoria_key.Set.t
   and type 'a Alias.t = 'a Functoria_key.Alias.t
   and type context = Functoria_key.context
   and type description = Functoria_key.description

type package = Functoria_package.t = private {
  opam : string;
  pin : string option;
  build : bool;  (** needed to build, and not linked *)
  ocamlfind : Astring.String.Set.t;  (** libraries to link *)
  min : Astring.String.Set.t;  (** versions that it is not older than *)
  max : Astring.String.Set.t;  (** versions that it is older than *)
}

val package :
  ?build:bool ->
  ?sublibs:string list ->
  ?ocamlfind:string list ->
  ?min:string ->
  ?max:string ->
  ?pin:string ->
  string ->
  package
(** [package "p" ~sublibs:["x"]] is for [p] and [p.x]; without [sublibs] and [ocamlfind] it is for
    [p]. A [pin] takes the place of bounds.
    @raise Invalid_argument with both [sublibs] and [ocamlfind]. *)

val foreign :
  ?packages:package list ->
  ?keys:key list ->
  ?deps:abstract_impl list ->
  string ->
  'a typ ->
  'a impl
(** A module of the application's own. [deps] are started before, and are the last arguments of
    its [start]. *)

val main :
  ?packages:package list ->
  ?keys:key list ->
  ?deps:abstract_impl list ->
  string ->
  'a typ ->
  'a impl
(** {!foreign}, by the name that later releases give it. *)

module Info : sig
  type t

  val name : t -> string
  val output : t -> string option
  val with_output : t -> string -> t
  val build_dir : t -> Fpath.t

  val libraries : t -> string list
  (** Those that are linked. *)

  val package_names : t -> string list
  val packages : t -> package list
  val keys : t -> key list
  val context : t -> context

  val create :
    packages:package list ->
    keys:key list ->
    context:context ->
    name:string ->
    build_dir:Fpath.t ->
    t
  (** Several [packages] of a name are one, which has what each of them asks for.
      @raise Invalid_argument when their pins are different. *)

  val pp : bool -> t Fmt.t
  val opam : ?name:string -> t Fmt.t
end

class type ['ty] configurable =
  object
    method ty : 'ty typ
    method name : string
    method module_name : string
    method packages : package list value
    method connect : Info.t -> string -> string list -> string
    method configure : Info.t -> (unit, Rresult.R.msg) result
    method build : Info.t -> (unit, Rresult.R.msg) result
    method clean : Info.t -> (unit, Rresult.R.msg) result
    method keys : key list
    method deps : abstract_impl list
  end
(** A device. Those of equal names, keys and dependencies, applied to equal devices, are one.
    [connect info module_name arguments] is OCaml for a promise of the device's value; the
    arguments are the names of the values of what the functor is applied to, then of [deps]. *)

val impl : 'a configurable -> 'a impl

class base_configurable :
  object
    method packages : package list value
    method keys : key list
    method connect : Info.t -> string -> string list -> string
    method configure : Info.t -> (unit, Rresult.R.msg) result
    method build : Info.t -> (unit, Rresult.R.msg) result
    method clean : Info.t -> (unit, Rresult.R.msg) result
    method deps : abstract_impl list
  end
(** Nothing is needed, nothing is to be done, and connecting gives the arguments. *)

class ['a] foreign :
  ?packages:package list ->
  ?keys:key list ->
  ?deps:abstract_impl list ->
  string ->
  'a typ ->
  ['a] configurable

val hash : 'a impl -> int
val equal : 'a impl -> 'a impl -> bool

module ImplTbl : Hashtbl.S with type key = abstract_impl

val explode :
  'a impl ->
  [ `App of abstract_impl * abstract_impl
  | `If of bool value * 'a impl * 'a impl
  | `Impl of 'a configurable ]

(** Boot keys: what a unikernel is told on its command line, as MirageOS 3.9 has
    it: [--name=VALUE] or [--name VALUE], a flag [--name] or [--name=false], and
    [--help]. Words that are no keys are kept for the application; all words
    after [--] are.

    Keys are declared while modules are initialised, read by {!parse}, and known
    from then on. *)

type 'a key

val key :
  ?letter:char ->
  string ->
  (string -> ('a, string) result) ->
  docv:string ->
  default:'a ->
  doc:string ->
  'a key
(** [key name read ~docv ~default ~doc] is the key [--name], and [-letter] if
    there is one. [read] may refuse a value: its sentence says what a value has
    to be. [docv] is what the value is called in the help.
    @raise Invalid_argument when there is a key of that name. *)

val flag : string -> doc:string -> bool key
(** False unless given. *)

val string : string -> docv:string -> default:string -> doc:string -> string key
val int : string -> docv:string -> default:int -> doc:string -> int key

val in_group : string option -> string -> string
(** [in_group (Some "management") "ipv4"] is ["management-ipv4"]. *)

val get : 'a key -> 'a
(** The value given at boot, else the default.
    @raise Invalid_argument before {!parse}. *)

val is_given : 'a key -> bool
(** Whether it was on the command line. *)

val check : (unit -> (unit, string) result) -> unit
(** [check f] has {!parse} call [f] when all keys are read: for values that must
    go together. *)

val parse : string array -> unit
(** Reads the command line, behind the program's name. Prints what is wrong and
    exits with 64 where a word is no key or a value is no value; prints all keys
    and exits with 63 for [--help]. *)

val arguments : unit -> string list
(** The words that were no keys, in order. *)

val explain : (unit -> 'a Lwt.t) -> 'a Lwt.t
(** [explain connect] is [connect ()]; a [Failure] in it is printed as a sentence
    and ends the program with 69: a device or a service is not there. *)

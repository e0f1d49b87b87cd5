(** Boot keys: what a unikernel is told on its command line, as MirageOS 3.9 has
    it: [--name=VALUE] or [--name VALUE], [-n VALUE] or [-nVALUE], names cut short as
    long as one key only begins so, boot variables for keys that have one, [--help] and
    [--version].

    Keys are declared while modules are initialised, read by {!parse}, and known
    from then on. *)

type 'a key

(** {1 Declaring, as config.ml has it}

    Names of one letter are given as [-n], longer ones as [--name]. A name that another
    key has raises [Invalid_argument]. *)

type info

val info : ?docs:string -> ?docv:string -> ?doc:string -> ?env:string -> string list -> info
(** [info names]: a section of the help (["APPLICATION OPTIONS"]), what the value is called
    (["VAL"]), a description in Cmdliner's markup, and the boot variable that is read when no
    word of the command line says it.
    @raise Invalid_argument without a name. *)

val opt : 'a Boot_converters.t -> 'a -> info -> 'a key
(** A value, and what it is unless given. *)

val required : 'a Boot_converters.t -> ?default:'a -> info -> 'a key
(** A value that has to be given unless there is a default. *)

val flag : info -> bool key
(** False unless given; takes no value on the command line, and yes or no as a variable. *)

(** {1 Declaring in a word}

    In the section ["UNIKERNEL PARAMETERS"]. *)

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
    to be. [docv] is what the value is called in the help, which does not show the
    default. *)

val switch : string -> doc:string -> bool key
(** False unless given, as [--name] or as [--name=BOOLEAN]. *)

val string : string -> docv:string -> default:string -> doc:string -> string key
val int : string -> docv:string -> default:int -> doc:string -> int key

val in_group : string option -> string -> string
(** [in_group (Some "management") "ipv4"] is ["management-ipv4"]. *)

(** {1 Values} *)

val get : 'a key -> 'a
(** The value given at boot, else the default.
    @raise Invalid_argument before {!parse}. *)

val is_given : 'a key -> bool
(** Whether the command line or a boot variable said it. *)

val is_named_given : string -> bool
(** The same of the key with this name, without dashes: for who knows its value alone. *)

val check : (unit -> (unit, string) result) -> unit
(** [check f] has {!parse} call [f] when all keys are read: for values that must
    go together. *)

val parse : ?program:string -> string array -> unit
(** Reads the command line, behind the program's name in element 0. Prints what is wrong
    and exits with 64 where a word is no key, a value is no value, or a key is not given that
    has to be; prints all keys and exits with 63 for [--help], and so the program's name for
    [--version].

    [program] names an application of MirageOS 3.9, which takes no words but keys, each once;
    without it, words that are no keys are kept ({!arguments}), all words after [--] are, and
    of two values the last one holds. All but the first call are ignored. *)

val arguments : unit -> string list
(** The words that were no keys, in order. *)

val explain : (unit -> 'a Lwt.t) -> 'a Lwt.t
(** [explain connect] is [connect ()]; a [Failure] in it is printed as a sentence
    and ends the program with 69: a device or a service is not there. *)

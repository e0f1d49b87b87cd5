(** The configure stage: reads the words that were typed, and answers what the application
    registered is made of. *)

open Functoria

val noop : job impl

type argv

val argv : argv typ
val sys_argv : argv impl

val keys : argv impl -> job impl
(** The job that reads the boot keys. *)

type info

val info : info typ

val app_info : ?type_modname:string -> ?gen_modname:string -> unit -> info impl
(** The application's name, libraries and packages, in the generated module [gen_modname],
    ["Info_gen"] if not said, as a record of [type_modname], ["Functoria_info"] if not said. *)

module type S = sig
  open Functoria

  val prelude : string
  (** Begins the main module. *)

  val name : string
  val packages : package list
  val ignore_dirs : string list
  val version : string

  val create : job impl list -> job impl
  (** The job that ends when all of these have. *)
end

module Make (_ : S) : sig
  open Functoria

  val run : unit -> unit
  (** Nothing is left to be done: {!register} does it all. *)

  val run_with_argv :
    ?help_ppf:Format.formatter -> ?err_ppf:Format.formatter -> string array -> unit
  (** What [config] does with these words, for the application that is registered. *)

  val register :
    ?packages:package list ->
    ?keys:key list ->
    ?init:job impl list ->
    string ->
    job impl list ->
    unit
    (** [register name jobs] does what the command line asks. The jobs of [init] are awaited one
        after the other before the others begin.
        @raise Invalid_argument when there is such an application already. *)
end

module type DSL = module type of struct
  include Functoria
end

module Name = Functoria_misc.Name
module Codegen = Functoria_misc.Codegen

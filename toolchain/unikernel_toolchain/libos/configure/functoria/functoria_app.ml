(* Registering is the last that a config.ml does: all that it was asked for happens there. *)

open Functoria
module Answer = Functoria_answer
module Codegen = Functoria_misc.Codegen
module Key = Functoria_key
module Misc = Functoria_misc
module Name = Functoria_misc.Name

module type DSL = module type of struct
  include Functoria
end

(* {1 Devices of any application} *)

let noop =
  impl
    (object
      inherit base_configurable
      method ty = job
      method name = "noop"
      method module_name = "Stdlib"
    end)

type argv = Argv

let argv = typ Argv

let sys_argv =
  impl
    (object
      inherit base_configurable
      method ty = argv
      method name = "argv"
      method module_name = "Sys"
      method! connect _ _ _ = "return Sys.argv"
    end)

let keys argv =
  impl
    (object
      inherit base_configurable
      method ty = job
      method name = "key"
      method module_name = Key.module_name
      method! deps = [ abstract argv ]

      method! connect info _ arguments =
        Printf.sprintf "Boot_keys.parse ~program:%S %s; return ()" (Info.name info)
          (String.concat " " arguments)
    end)

type info = Made_of

let info = typ Made_of

let app_info ?(type_modname = "Functoria_info") ?(gen_modname = "Info_gen") () =
  impl
    (object
      inherit base_configurable
      method ty = info
      method name = "info"
      method module_name = gen_modname
      method! packages = Key.pure [ package "functoria-runtime" ]
      method! connect _ module_name _ = Printf.sprintf "return %s.info" module_name

      method! configure _ =
        Answer.add_info_module gen_modname ~record:type_modname;
        Ok ()
    end)

(* {1 One registration} *)

module type S = sig
  open Functoria

  val prelude : string
  val name : string
  val packages : package list
  val ignore_dirs : string list
  val version : string
  val create : job impl list -> job impl
end

let registered : Functoria_stage.t option ref = ref None

module Make (P : S) = struct
  let run () = ()

  let answer ?help_ppf argv =
    match !registered with
    | Some it -> Functoria_stage.answer ?help_ppf it argv
    | None -> raise (Misc.Refused "No application is registered.")

  let run_with_argv ?help_ppf ?err_ppf argv =
    try answer ?help_ppf argv
    with Misc.Refused said when err_ppf <> None ->
      Option.iter (fun ppf -> Format.fprintf ppf "%s@." said) err_ppf

  let register ?(packages = []) ?(keys = []) ?(init = []) name jobs =
    if !registered <> None then
      invalid_arg "register is called twice: an application is registered once, with all its jobs";
    let application = { Functoria_graph.first = init; last = P.create jobs; registered = jobs } in
    let packages = P.packages @ packages in
    registered :=
      Some
        {
          Functoria_stage.name = Name.ocamlify name;
          prelude = P.prelude;
          packages;
          keys;
          application;
        };
    answer ?help_ppf:None Sys.argv
end

let () = Functoria_errors.watch ~is_registered:(fun () -> !registered <> None)

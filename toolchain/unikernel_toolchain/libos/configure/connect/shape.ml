(* What kind of application a compiled interface is: a promise, a function of unit, a
   function of devices' values, a functor over devices' interfaces, or effects alone. What
   is none of these ends in a sentence about how it would be written. *)

open Types
open Outcometree

type result = Direct | Lwt | Lwt_of_any

type t =
  | Effects
  | Value of string * result
  | Plain of string * result
  | Functor of string * Devices.t list * result
  | Given of string * Devices.t list * result

exception Unsupported of string

let unsupported format = Printf.ksprintf (fun text -> raise (Unsupported text)) format

(* {1 Types of start}

   They are read in the printer's form, which changes less between compilers than the
   checker's own: what does is in Arrow_type and Type_scheme. *)

let text_of_type typ = Format.asprintf "%a" Printtyp.type_scheme typ

let is_unit = function
  | Otyp_constr (Oide_ident { printed_name = "unit" }, []) | Otyp_var _ -> true
  | _ -> false

let promise_of = function
  | Otyp_constr (Oide_dot (Oide_ident { printed_name = "Lwt" }, "t"), [ result ]) ->
      Some (if is_unit result then Lwt else Lwt_of_any)
  | _ -> None

let result_of typ = if is_unit typ then Some Direct else promise_of typ

(* A result of any type may be that of a device which start calls last. *)
let result_with_devices = function Otyp_var _ -> Some Lwt | typ -> result_of typ

let rec parameters_and_result typ =
  match Arrow_type.unlabelled typ with
  | Some (parameter, rest) ->
      let parameters, result = parameters_and_result rest in
      (parameter :: parameters, result)
  | None -> ([], typ)

(* {1 A plain module} *)

let advice = "a start without devices is written: let start () = …"

let rec type_name = function
  | Oide_ident { printed_name } -> printed_name
  | Oide_dot (path, name) -> type_name path ^ "." ^ name
  | Oide_apply (path, argument) -> Printf.sprintf "%s(%s)" (type_name path) (type_name argument)

let device_of_type = function
  | Otyp_constr (path, []) -> Devices.of_type (type_name path)
  | _ -> None

let all_of list = if List.mem None list then None else Some (List.filter_map Fun.id list)

let plain path typ =
  let finish shape = function
    | Some result -> shape result
    | None ->
        unsupported "start gives neither unit nor a promise of Lwt's (it is %s); %s"
          (text_of_type typ) advice
  in
  match parameters_and_result (Type_scheme.tree typ) with
  | [], result when promise_of result <> None ->
      finish (fun result -> Value (path, result)) (promise_of result)
  | [ parameter ], result when is_unit parameter ->
      finish (fun result -> Plain (path, result)) (result_of result)
  | parameters, result -> (
      match all_of (List.map device_of_type parameters) with
      | Some (_ :: _ as devices) ->
          finish (fun result -> Given (path, devices, result)) (result_with_devices result)
      | Some [] | None ->
          unsupported
            "start is %s; %s. A start can be given the values of devices, whose types are %s"
            (text_of_type typ) advice
            (String.concat ", " Devices.value_types))

(* {1 A functor} *)

let device scope = function
  | Named (name, typ) -> (
      match (Interfaces.device scope typ, typ) with
      | Some device, _ -> device
      | None, Mty_ident path ->
          unsupported "no device is known for a parameter of type %s; there are: %s"
            (Path.name path)
            (String.concat ", " Devices.interfaces)
      | None, _ ->
          let name = Option.fold ~none:"_" ~some:Ident.name name in
          unsupported
            "the parameter %s has a signature of its own; name the interface of a \
             device, as in (Time : Mirage_time.S)"
            name)
  | Unit -> unsupported "a parameter is (); name the interface of a device instead"

let rec parameters_and_body = function
  | Mty_functor (parameter, rest) ->
      let parameters, body = parameters_and_body rest in
      (parameter :: parameters, body)
  | body -> ([], body)

let value_named name signature =
  List.find_map
    (function
      | Sig_value (id, { val_type; _ }, _) when Ident.name id = name -> Some val_type
      | _ -> None)
    signature

let start_of_body = function
  | Mty_signature signature -> value_named "start" signature
  | _ -> None

let applied scope path parameters start =
  let devices = List.map (device scope) parameters in
  let taken, result = parameters_and_result (Type_scheme.tree start) in
  if List.length taken <> List.length devices then
    unsupported "start of %s is %s; it takes one argument for each of the %d devices" path
      (text_of_type start) (List.length devices);
  match result_with_devices result with
  | Some result -> Functor (path, devices, result)
  | None ->
      unsupported "start of %s gives neither unit nor a promise of Lwt's (it is %s)" path
        (text_of_type start)

let module_with_start = function
  | Sig_module (id, _, { md_type; _ }, _, _) ->
      let parameters, body = parameters_and_body md_type in
      Option.map (fun start -> (Ident.name id, parameters, start)) (start_of_body body)
  | _ -> None

let of_module scope name (inner, parameters, start) =
  let path = Printf.sprintf "%s.%s" name inner in
  if parameters = [] then plain (path ^ ".start") start
  else applied scope path parameters start

let of_modules scope name modules =
  match (List.find_opt (fun (inner, _, _) -> inner = "Main") modules, modules) with
  | Some main, _ | None, [ main ] -> of_module scope name main
  | None, [] -> Effects
  | None, _ :: _ :: _ ->
      let names = List.map (fun (inner, _, _) -> inner) modules in
      unsupported "several modules have a start (%s); name the one to run Main"
        (String.concat ", " names)

let of_interface ~folders ~name signature =
  match value_named "start" signature with
  | Some start -> plain (name ^ ".start") start
  | None ->
      let scope = { Interfaces.folders; local = signature } in
      of_modules scope name (List.filter_map module_with_start signature)

(* {1 A module without a start} *)

let is_like_start name = name <> "start" && Misc.edit_distance name "start" 1 <> None

let rec values_like_start signature =
  List.concat_map
    (function
      | Sig_value (id, _, _) when is_like_start (Ident.name id) -> [ Ident.name id ]
      | Sig_module (_, _, { md_type; _ }, _, _) -> (
          match snd (parameters_and_body md_type) with
          | Mty_signature inner -> values_like_start inner
          | _ -> [])
      | _ -> [])
    signature

let is_functor = function
  | Sig_module (_, _, { md_type = Mty_functor _; _ }, _, _) -> true
  | _ -> false

let check_effects signature (effects : Effects.t) =
  match (effects, values_like_start signature) with
  | Acts, _ -> ()
  | _, like :: _ -> unsupported "there is no start, but %s; is that start misspelt?" like
  | _, [] when List.exists is_functor signature ->
      unsupported "no functor here has a start, which would be called with its devices"
  | Nothing, [] ->
      unsupported "this does nothing: it has no start, and no effects of its own; %s" advice
  | Values, [] -> ()

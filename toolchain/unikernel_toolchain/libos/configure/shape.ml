open Types
open Outcometree

type result = Direct | Lwt

type t =
  | Effects
  | Value of string
  | Plain of string * result
  | Functor of string * Devices.t list * result
  | Given of string * Devices.t list * result

exception Unsupported of string

let unsupported format = Printf.ksprintf (fun text -> raise (Unsupported text)) format

(* {1 Types of start}

   They are read in the printer's form, which is the same in all compilers from
   4.13 on, where the checker's own is not. *)

let text_of_type typ = Format.asprintf "%a" Printtyp.type_scheme typ

let is_unit = function
  | Otyp_constr (Oide_ident { printed_name = "unit" }, []) | Otyp_var _ -> true
  | _ -> false

let is_lwt = function
  | Otyp_constr (Oide_dot (Oide_ident { printed_name = "Lwt" }, "t"), [ result ]) ->
      is_unit result
  | _ -> false

let result_of typ =
  if is_lwt typ then Some Lwt else if is_unit typ then Some Direct else None

(* A result of any type may be that of a device which start calls last. *)
let result_with_devices = function Otyp_var _ -> Some Lwt | typ -> result_of typ

let rec parameters_and_result = function
  | Otyp_arrow ("", parameter, rest) ->
      let parameters, result = parameters_and_result rest in
      (parameter :: parameters, result)
  | result -> ([], result)

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
        unsupported "start gives neither unit nor unit Lwt.t (it is %s); %s"
          (text_of_type typ) advice
  in
  match parameters_and_result (Printtyp.tree_of_type_scheme typ) with
  | [], result when is_lwt result -> Value path
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

let device = function
  | Named (_, Mty_ident path) -> (
      let interface = Path.name path in
      match Devices.behind interface with
      | Some device -> device
      | None ->
          unsupported "no device is known for a parameter of type %s; there are: %s"
            interface
            (String.concat ", " Devices.interfaces))
  | Named (name, _) ->
      let name = Option.fold ~none:"_" ~some:Ident.name name in
      unsupported
        "the parameter %s has a signature of its own; name the interface of a device, \
         as in (Time : Mirage_time.S)"
        name
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

let applied path parameters start =
  let devices = List.map device parameters in
  let taken, result = parameters_and_result (Printtyp.tree_of_type_scheme start) in
  if List.length taken <> List.length devices then
    unsupported "start of %s is %s; it takes one argument for each of the %d devices" path
      (text_of_type start) (List.length devices);
  match result_with_devices result with
  | Some result -> Functor (path, devices, result)
  | None ->
      unsupported "start of %s gives neither unit nor unit Lwt.t (it is %s)" path
        (text_of_type start)

let module_with_start = function
  | Sig_module (id, _, { md_type; _ }, _, _) ->
      let parameters, body = parameters_and_body md_type in
      Option.map (fun start -> (Ident.name id, parameters, start)) (start_of_body body)
  | _ -> None

let of_module name (inner, parameters, start) =
  let path = Printf.sprintf "%s.%s" name inner in
  if parameters = [] then plain (path ^ ".start") start else applied path parameters start

let of_modules name modules =
  match (List.find_opt (fun (inner, _, _) -> inner = "Main") modules, modules) with
  | Some main, _ | None, [ main ] -> of_module name main
  | None, [] -> Effects
  | None, _ :: _ :: _ ->
      let names = List.map (fun (inner, _, _) -> inner) modules in
      unsupported "several modules have a start (%s); name the one to run Main"
        (String.concat ", " names)

let of_interface ~name signature =
  match value_named "start" signature with
  | Some start -> plain (name ^ ".start") start
  | None -> of_modules name (List.filter_map module_with_start signature)

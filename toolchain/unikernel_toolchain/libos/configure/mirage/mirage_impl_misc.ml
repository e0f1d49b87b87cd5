open Functoria

let no_state _ _ _ = "return ()"

let device ?(packages = []) ?(keys = []) ?(deps = []) ?(configure = fun _ -> Ok ())
    ?(connect = no_state) ?(module_name = "Stdlib") name ty =
  impl
    (object
      inherit base_configurable
      method ty = ty
      method name = name
      method module_name = module_name
      method! packages = Functoria_key.pure packages
      method! keys = keys
      method! deps = deps
      method! connect = connect
      method! configure = configure
    end)

let unserved name ty why = device ~configure:(fun _ -> Error (`Msg why)) name ty
let unit_device ?packages name module_name ty = device ?packages ~module_name name ty
let package ?sublibs name = Functoria.package ?sublibs name
let key_call key = Fmt.str "%a" Functoria_key.serialize_call (Functoria_key.abstract key)
let is_configured info key = Functoria_key.(mem (Info.context info) (value key))

(* A device is followed to where it is made: the one with a key "interface" is the platform's. *)
let is_interface key =
  let name = Functoria_key.name key in
  name = "interface" || Astring.String.is_suffix ~affix:"-interface" name

let rec interface_of : type a. Info.t -> a impl -> key option =
  fun info impl ->
  match explode impl with
  | `Impl device when device#module_name = "Netif" ->
      List.find_opt is_interface device#keys
  | `Impl _ -> None
  | `If (condition, yes, no) ->
      interface_of info (if Functoria_key.eval (Info.context info) condition then yes else no)
  | `App (Abstract applied, Abstract argument) -> (
      match interface_of info applied with
      | Some _ as key -> key
      | None -> interface_of info argument)

let printed info key = (Functoria_key.describe (Info.context info) key).printed

let device_name path =
  let kept = function 'a' .. 'z' | 'A' .. 'Z' | '0' .. '9' -> true | _ -> false in
  let name = Filename.remove_extension (Filename.basename path) in
  match Astring.String.filter kept name with "" -> "device" | name -> name

let folder who name =
  if Sys.file_exists name && Sys.is_directory name then Ok ()
  else
    Error
      (`Msg (Fmt.str "%s %S: the application's folder has no folder %s. Make it." who name name))

let lines = String.concat "\n  "

let arity name arguments =
  Fmt.invalid_arg "The device %s was given %d arguments, which is not what its type says." name
    (List.length arguments)

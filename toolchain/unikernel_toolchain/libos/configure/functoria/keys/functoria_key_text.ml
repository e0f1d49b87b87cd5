module Arg = Functoria_key_arg

let value : type a. a Arg.t -> a Fmt.t =
  fun { kind; _ } ppf value ->
  match kind with
  | Flag -> Fmt.bool ppf value
  | Opt (converter, _) -> Cmdliner.Arg.conv_printer converter.conv ppf value
  | Required converter -> Fmt.option (Cmdliner.Arg.conv_printer converter.conv) ppf value

let boot_info ppf ({ docs; docv; doc; env; names } : Arg.info) =
  let label name ppf text = Fmt.pf ppf "@ ~%s:%S" name text in
  let section = if docs = Arg.default_section then None else Some docs in
  Fmt.pf ppf "@[<hov 2>(Boot_keys.info%a%a%a%a@ [%a])@]"
    (Fmt.option (label "docs")) section
    (Fmt.option (label "docv")) docv
    (Fmt.option (label "doc")) doc
    (Fmt.option (label "env")) env
    Fmt.(list ~sep:(any "; ") (fmt "%S"))
    names

let boot_converter (converter : _ Arg.converter) = Boot_converter.of_runtime converter.runtime_conv

(* The expression that declares a key which is read at boot. *)
let declaration : type a. a Arg.t -> a Fmt.t =
  fun { info; kind; _ } ppf value ->
  match kind with
  | Flag -> Fmt.pf ppf "@[<hov 2>Boot_keys.flag@ %a@]" boot_info info
  | Opt (converter, _) ->
      Fmt.pf ppf "@[<hov 2>Boot_keys.opt %s@ (%a)@ %a@]" (boot_converter converter)
        converter.serialize value boot_info info
  | Required converter ->
      let default ppf = Fmt.pf ppf "@ ~default:(%a)" converter.serialize in
      Fmt.pf ppf "@[<hov 2>Boot_keys.required %s%a@ %a@]" (boot_converter converter)
        (Fmt.option default) value boot_info info

(* A flag that was given when the application was configured is given at boot. *)
let reading : type a. a Arg.t -> a -> string =
  fun { kind; _ } value ->
  match kind with
  | Flag when value -> "Boot_keys.get key || Stdlib.not (Boot_keys.is_given key)"
  | _ -> "Boot_keys.get key"

let constant : type a. name:string -> a Arg.t -> a Fmt.t =
  fun ~name { info; kind; _ } ppf value ->
  match (kind, value) with
  | Flag, value -> Fmt.bool ppf value
  | Opt (converter, _), value -> converter.serialize ppf value
  | Required converter, Some value -> converter.serialize ppf value
  | Required _, None -> Functoria_key_term.missing ~name info

let definition arg ~name ppf value =
  let ocaml_name = Functoria_misc.Name.ocamlify name in
  if arg.Arg.stage = `Configure then
    Fmt.pf ppf "@[<2>let %s () =@ %a@]@." ocaml_name (constant ~name arg) value
  else
    Fmt.pf ppf "@[<v>let %s =@;<1 2>let key =@;<1 4>%a@;<1 2>in@;<1 2>fun () -> %s@]@."
      ocaml_name (declaration arg) value (reading arg value)

module Arg = Functoria_key_arg

let refuse format = Printf.ksprintf (fun text -> raise (Functoria_misc.Refused text)) format
let named_by (info : Arg.info) =
  let variable = Option.map (Printf.sprintf "the variable %s") info.env in
  String.concat ", " (Arg.flags info @ Option.to_list variable)

let cmdliner_info (info : Arg.info) =
  let env = Option.map (fun name -> Cmdliner.Cmd.Env.info name) info.env in
  Cmdliner.Arg.info ~docs:info.docs ?docv:info.docv ?doc:info.doc ?env info.names

(* Cmdliner sees values that are always right, so that what is said about wrong ones is ours. *)
type 'a typed = Typed of string | Default of 'a

let typed (converter : 'a Arg.converter) =
  let parse text = Ok (Typed text) in
  let print ppf = function
    | Typed text -> Fmt.string ppf text
    | Default value -> Cmdliner.Arg.conv_printer converter.conv ppf value
  in
  Cmdliner.Arg.conv ~docv:(Cmdliner.Arg.conv_docv converter.conv) (parse, print)

let read name info (converter : 'a Arg.converter) text =
  match Cmdliner.Arg.conv_parser converter.conv text with
  | Ok value -> value
  | Error (`Msg said) ->
      let must = Option.map (Printf.sprintf "it must be %s") converter.expected in
      refuse "The key %s (%s) cannot be %S: %s." name (named_by info) text
        (Option.value must ~default:said)

let missing ~name info =
  refuse "The key %s has no default, and it is not given: add %s VALUE." name
    (List.hd (List.rev (Arg.flags info)))

let make : type a. name:string -> with_required:bool -> a Arg.t -> a option Cmdliner.Term.t =
  fun ~name ~with_required { stage; info; kind } ->
  let about = cmdliner_info info in
  let read converter = read name info converter in
  let open Cmdliner in
  let read_as f argument = Term.(const f $ Arg.value argument) in
  match kind with
  | Flag -> read_as (fun given -> if given then Some true else None) (Arg.flag about)
  | Opt (converter, default) ->
      let given = function Typed text -> Some (read converter text) | Default _ -> None in
      read_as given (Arg.opt (typed converter) (Default default) about)
  | Required converter ->
      let given = function
        | Some text -> Some (Some (read converter text))
        | None when with_required && stage = `Configure -> missing ~name info
        | None -> None
      in
      read_as given Arg.(opt (some string) None about)


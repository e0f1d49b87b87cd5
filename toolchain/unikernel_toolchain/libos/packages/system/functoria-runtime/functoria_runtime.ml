module Arg = struct
  type 'a kind =
    | Opt : 'a Cmdliner.Arg.conv * 'a -> 'a kind
    | Required : 'a Cmdliner.Arg.conv -> 'a kind
    | Flag : bool kind

  type 'a t = { info : Cmdliner.Arg.info; kind : 'a kind }

  let opt converter default info = { info; kind = Opt (converter, default) }
  let required converter info = { info; kind = Required converter }
  let flag info = { info; kind = Flag }

  let key ?default converter info =
    match default with
    | None -> required converter info
    | Some default -> opt converter default info

  let term (type a) { info = about; kind : a kind } : a Cmdliner.Term.t =
    let open Cmdliner.Arg in
    match kind with
    | Opt (converter, default) -> value (opt converter default about)
    | Required converter -> Cmdliner.Arg.required (opt (some converter) None about)
    | Flag -> value (Cmdliner.Arg.flag about)
end

module Key = struct
  type 'a t = { arg : 'a Arg.t; mutable value : 'a option }

  let create arg = { arg; value = None }

  let get key =
    match key.value with
    | Some value -> value
    | None ->
        invalid_arg "Functoria_runtime.Key.get: a key is known once the command line is read"

  let default (type a) ({ arg; _ } : a t) : a option =
    match arg.kind with
    | Opt (_, default) -> Some default
    | Required _ -> None
    | Flag -> Some false

  let term key =
    let set value = key.value <- Some value in
    Cmdliner.Term.(const set $ Arg.term key.arg)
end

let usage_status = 64
let help_status = 63

(* Cmdliner has printed what there is to say. *)
let read terms name argv =
  let add term terms = Cmdliner.Term.(const (fun () () -> ()) $ term $ terms) in
  let term = List.fold_right add terms (Cmdliner.Term.const ()) in
  let command = Cmdliner.Cmd.v (Cmdliner.Cmd.info name) term in
  match Cmdliner.Cmd.eval_value ~argv command with
  | Ok (`Ok ()) -> ()
  | Ok (`Help | `Version) -> exit help_status
  | Error (`Parse | `Term | `Exn) -> exit usage_status

let with_argv terms name argv =
  if not (Command_line.is_read ()) then (
    Command_line.set_read ();
    read terms name argv)

let () = Term_reader.set with_argv

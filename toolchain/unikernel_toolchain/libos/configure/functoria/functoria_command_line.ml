module Misc = Functoria_misc
module C = Cmdliner.Cmd
module Text = Astring.String

type action = Configure | Clean | Help

type t = {
  action : action;
  answer : string option;
  wants_terms : bool;
  idle : string list;
  without_key : string list;
  words : string list;
}

let refuse format = Printf.ksprintf (fun text -> raise (Misc.Refused text)) format

let usage =
  "usage: config configure|clean|help [--answer FILE] [--wants-terms] [--idle NAME]... \
   [--without-key NAME]... [WORD]..."

let rec options t = function
  | "--answer" :: file :: rest -> options { t with answer = Some file } rest
  | "--wants-terms" :: rest -> options { t with wants_terms = true } rest
  | "--idle" :: it :: rest -> options { t with idle = it :: t.idle } rest
  | "--without-key" :: it :: rest -> options { t with without_key = it :: t.without_key } rest
  | words -> { t with words }

let of_arguments arguments =
  let request action words =
    options
      { action; answer = None; wants_terms = false; idle = []; without_key = []; words = [] }
      words
  in
  match Array.to_list arguments with
  | _ :: "configure" :: words -> request Configure words
  | _ :: "clean" :: words -> request Clean words
  | _ :: "help" :: words -> request Help words
  | _ -> refuse "%s" usage

(* {1 Words}

   Cmdliner says what is wrong with a program's name before and its usage behind. *)

let option_of word =
  let name = fst (Option.value (Text.cut ~sep:"=" word) ~default:(word, "")) in
  if Text.is_prefix ~affix:"--" word then Some name
  else if Text.is_prefix ~affix:"-" word && String.length word > 1 then Some (String.sub word 0 2)
  else None

let rec unknown words ~options =
  let is_known option =
    List.mem option options
    || (String.length option > 2 && List.exists (Text.is_prefix ~affix:option) options)
  in
  match words with
  | [] | "--" :: _ -> None
  | word :: rest -> (
      match option_of word with
      | Some option when not (is_known option) -> Some option
      | _ -> unknown rest ~options)

let program = "configure"
let argv words = Array.of_list (program :: words)

let printing f =
  let buffer = Buffer.create 200 in
  let formatter = Format.formatter_of_buffer buffer in
  Format.pp_set_margin formatter 10_000;
  let result = f formatter in
  Format.pp_print_flush formatter ();
  (result, Buffer.contents buffer)

let complaint text =
  let first = List.hd (String.split_on_char '\n' (String.trim text)) in
  let prefix = program ^ ": " in
  let said = match Text.cut ~sep:prefix first with Some ("", said) -> said | _ -> first in
  Text.trim ~drop:(fun c -> c = '.' || c = '?') said

(* A flag may be given as a truth, as other booleans are: who writes a mapping of keys does not
   see which of them are flags. *)
let rec plain ~flags = function
  | [] -> []
  | "--" :: _ as rest -> rest
  | word :: rest -> (
      match Text.cut ~sep:"=" word with
      | Some (option, "true") when List.mem option flags -> option :: plain ~flags rest
      | Some (option, "false") when List.mem option flags -> plain ~flags rest
      | Some (option, value) when is_letter option -> option :: value :: plain ~flags rest
      | _ -> word :: plain ~flags rest)

and is_letter option = String.length option = 2 && option.[0] = '-' && option.[1] <> '-'

let read words term =
  let read err =
    C.eval_value ~help:err ~err ~catch:false ~argv:(argv words) (C.v (C.info program) term)
  in
  match printing read with
  | Ok (`Ok value), _ -> value
  | Ok (`Help | `Version), _ -> refuse "What can be configured is printed by help."
  | Error _, said -> refuse "What is asked of configure is not understood: %s." (complaint said)

(* Words that are wrong are none: it is for [read] to say what is wrong with them. *)
let peek words term =
  match (C.eval_peek_opts ~argv:(argv words) term, lazy (C.eval_peek_opts ~argv:(argv []) term)) with
  | (Some value, _), _ | (None, _), (lazy (Some value, _)) -> value
  | _ -> read [] term

(* Choices are made before the words are read: which keys there are depends on them. So words are
   first read for the keys of choices alone, outer ones before inner ones, and then, strictly, for
   all the keys of what has been chosen. *)

open Functoria
module Answer = Functoria_answer
module Codegen = Functoria_misc.Codegen
module Command_line = Functoria_command_line
module Graph = Functoria_graph
module Key = Functoria_key
module Origin = Functoria_origin

type t = {
  name : string;
  prelude : string;
  packages : package list;
  keys : key list;
  application : Graph.application;
}

(* {1 Choices and keys} *)

let options key = (Key.describe Key.empty_context key).flags
let options_of keys = List.concat_map options (Key.Set.elements keys)
let flags_of keys = options_of (Key.Set.filter Key.is_flag keys)
let plain words keys = Command_line.plain words ~flags:(flags_of keys)

let rec chosen words application asked =
  let term = Key.context ~stage:`Configure ~with_required:false asked in
  let context = Command_line.peek (plain words asked) term in
  let graph = Graph.evaluate context ~without:[] application in
  if Key.Set.subset graph.conditions asked then graph
  else chosen words application (Key.Set.union graph.conditions asked)

(* Whoever reads a command line, here and at boot, has these two; and these has the tool that
   configures. *)
let of_programs = [ "--help"; "--version" ]

let of_tool =
  [
    "-b"; "--build-dir"; "--color"; "-f"; "--file"; "-o"; "--output"; "-q"; "--quiet"; "-v";
    "--verbose"; "--verbosity";
  ]

let refused_option key option =
  if List.mem option of_programs then Some "which every program has for itself"
  else if Key.is_configure key && List.mem option of_tool then
    Some "which configure has for itself. A key that is for booting only may have it: ~stage:`Run"
  else None

(* What a key is found by: its options, and the values that it is in the generated module. *)
let marks key =
  let value = Key.ocaml_name key in
  let term = if Key.is_runtime key then [ value ^ "_t" ] else [] in
  List.map (fun it -> ("the option " ^ it, key)) (options key)
  @ List.map (fun it -> ("the value Key_gen." ^ it, key)) (value :: term)

let check_keys keys =
  let say = Printf.sprintf in
  let check_option key it =
    Option.iter
      (fun why -> Key.refuse key key (say "The key %s has the option %s, %s" (Key.name key) it why))
      (refused_option key it)
  in
  let check_mark seen (mark, key) =
    match List.assoc_opt mark seen with
    | Some other ->
        Key.refuse key other
          (say "The keys %s and %s both have %s" (Key.name other) (Key.name key) mark)
    | None -> (mark, key) :: seen
  in
  List.iter (fun key -> List.iter (check_option key) (options key)) keys;
  ignore (List.fold_left check_mark [] (List.concat_map marks keys))

let all_keys { keys; _ } graph =
  let given = Key.Set.of_list keys in
  let set = Key.Set.fold (fun key set -> Key.Set.union (Key.aliases key) set) given given in
  let all = Key.Set.union set (Graph.keys graph) in
  check_keys (Key.Set.elements all);
  all

let keys_of t words = all_keys t (chosen words t.application Key.Set.empty)
let at keys stage = options_of (Key.filter_stage stage keys)

(* The application, with or without some devices; keys and their values are the same. *)
let variant t keys context ~without =
  let graph = Graph.evaluate context ~without t.application in
  let packages = t.packages @ Graph.packages context graph in
  let info =
    Info.create ~packages ~keys:(Key.Set.elements keys) ~context ~name:t.name
      ~build_dir:(Fpath.v ".")
  in
  (info, graph)

let context_of keys words =
  Command_line.read (plain words keys) (Key.context ~stage:`Configure ~with_required:true keys)

(* {1 What is asked} *)

let each_device (graph : Graph.t) f =
  let one ({ device = Device it as device; _ } : Graph.node) =
    match f device with
    | Ok () -> ()
    | Error (`Msg said) -> raise (Origin.Wrong (Origin.of_device it, said))
  in
  List.iter one graph.nodes

let write file text =
  let beside = file ^ ".part" in
  let channel = open_out_bin beside in
  output_string channel text;
  close_out channel;
  Sys.rename beside file

let answered = ref None
let forget () = Option.iter (fun file -> if Sys.file_exists file then Sys.remove file) !answered

let answer_to file text =
  answered := Some file;
  write file text

let rec choices = function
  | [] -> [ [] ]
  | name :: names ->
      let others = choices names in
      others @ List.map (fun it -> name :: it) others

(* Devices are configured and built once, whatever is left out then. *)
let configured t { Command_line.wants_terms; idle; words; _ } keys =
  let context = context_of keys words in
  let info, graph = variant t keys context ~without:[] in
  Answer.clear ();
  Codegen.set_main_ml "";
  each_device graph (fun (Device it) -> it#configure info);
  each_device graph (fun (Device it) -> it#build info);
  let key_gen = Functoria_key_gen.text context ~wants_terms keys in
  let with_main (info, graph) =
    let main = Functoria_main.text ~prelude:t.prelude info graph in
    { Functoria_report.info; graph; key_gen; main }
  in
  let without names = (names, with_main (variant t keys context ~without:names)) in
  let others = List.filter (( <> ) []) (choices idle) in
  Functoria_report.text (with_main (info, graph)) ~without:(List.map without others)

let configure t ({ Command_line.answer; words; _ } as request) =
  let keys = keys_of t words in
  let typed = at keys `Configure in
  match (Command_line.unknown words ~options:typed, answer) with
  | None, Some file -> answer_to file (configured t request keys)
  | Some option, Some file ->
      let at_boot = at keys `Run and flags = flags_of keys in
      answer_to file (Functoria_report.unknown option ~options:typed ~at_boot ~flags)
  | Some option, None ->
      raise (Functoria_misc.Refused (Printf.sprintf "No key is given by %s." option))
  | None, None ->
      raise
        (Functoria_misc.Refused
           "The configure stage is not told where to write its answer: add --answer FILE.")

let clean t { Command_line.words; _ } =
  let keys = keys_of t words in
  let info, graph = variant t keys (context_of keys words) ~without:[] in
  each_device graph (fun (Device it) -> it#clean info)

let help formatter t { Command_line.words; without_key; _ } =
  let is_wanted key = not (List.mem (Key.name key) without_key) in
  Functoria_help.print formatter (Key.Set.filter is_wanted (keys_of t words))

let answer ?(help_ppf = Format.std_formatter) t argv =
  let request = Command_line.of_arguments argv in
  match request.action with
  | Configure -> configure t request
  | Clean -> clean t request
  | Help -> help help_ppf t request

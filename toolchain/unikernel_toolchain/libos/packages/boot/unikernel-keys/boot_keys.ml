(* Keys declare themselves when their module starts, [parse] reads the arguments once, and
   checks that concern several keys run behind it. Whoever boots is a person: an error
   says what would be right, and ends the unikernel with a status of sysexits(3).

   There is neither Cmdliner nor Printf in here, whose engines are larger than most
   unikernels: what they would do is text, put together. *)

module D = Boot_declaration

type 'a key = { title : string; default : 'a option; value : 'a option ref }

type info = {
  names : string list;
  docs : string;
  docv : string;
  doc : string;
  env : string option;
}

let declarations : D.t list ref = ref []
let checks = ref []
let positional = ref []
let given_names = ref []
let parsed = ref false
let usage_status = 64
let help_status = 63
let unavailable_status = 69

(* {1 Declaring} *)

let info ?(docs = "APPLICATION OPTIONS") ?(docv = "VAL") ?(doc = "") ?env names =
  if names = [] || List.mem "" names then invalid_arg "Boot_keys.info: a key without a name";
  { names; docs; docv; doc; env }

let is_declared name =
  List.exists (fun (declared : D.t) -> List.mem name declared.names) !declarations

let check_name name =
  if is_declared name then invalid_arg ("Boot_keys: two keys are called " ^ D.spelled name)

let declare { names; docs; doc; env; _ } kind read ~default ~absent ~is_required =
  List.iter check_name names;
  let value = ref None in
  let store it =
    value := Some it;
    given_names := names @ !given_names
  in
  let read text = Result.map store (read text) in
  let declared = { D.names; kind; docs; doc; env; absent; is_required; read } in
  declarations := declared :: !declarations;
  { title = D.title declared; default; value }

let opt { Boot_converters.read; print } default info =
  declare info (Value info.docv) read ~default:(Some default) ~absent:(print default)
    ~is_required:false

let required { Boot_converters.read; print } ?default info =
  declare info (Value info.docv) read ~default
    ~absent:(Option.fold default ~none:"" ~some:print)
    ~is_required:(default = None)

let flag info =
  declare info Flag Boot_converters.bool.read ~default:(Some false) ~absent:""
    ~is_required:false

let unikernel_info ?letter name ?docv ~doc () =
  let letter = Option.fold letter ~none:[] ~some:(fun c -> [ String.make 1 c ]) in
  info ~docs:"UNIKERNEL PARAMETERS" ?docv ~doc (name :: letter)

let key ?letter name read ~docv ~default ~doc =
  opt { read; print = (fun _ -> "") } default (unikernel_info ?letter name ~docv ~doc ())

let switch name ~doc =
  declare (unikernel_info name ~doc ()) Switch Boot_converters.bool.read
    ~default:(Some false) ~absent:"" ~is_required:false

let string name ~docv ~default ~doc =
  opt Boot_converters.string default (unikernel_info name ~docv ~doc ())

let int name ~docv ~default ~doc =
  opt Boot_converters.int default (unikernel_info name ~docv ~doc ())

let in_group group name = Option.fold group ~none:name ~some:(fun group -> group ^ "-" ^ name)

(* {1 Values} *)

let too_early title =
  invalid_arg
    ("the boot key " ^ title
     ^ " is asked for before the command line is read. Ask for it in start, or in a function that \
        start calls, not in what a module does when it begins")

let get key =
  if not !parsed then too_early key.title;
  match !(key.value) with
  | Some value -> value
  | None -> Option.get key.default

let is_given key = !(key.value) <> None
let is_named_given name = List.mem name !given_names
let check f = checks := f :: !checks
let arguments () = !positional

(* {1 Reading} *)

let show text =
  print_string text;
  exit help_status

let usage_error program message =
  prerr_endline (program ^ ": " ^ message);
  exit usage_status

let run_check program check = Result.iter_error (usage_error program) (check ())

let parse_words ~strict program words =
  match Boot_reading.read ~strict !declarations words with
  | Help ->
      let synopsis = if strict then "[OPTION]..." else "[OPTION]... [WORD]..." in
      show (Boot_help.text ~program ~synopsis !declarations)
  | Version -> show (program ^ "\n")
  | Wrong message -> usage_error program message
  | Words words ->
      positional := words;
      parsed := true;
      Command_line.set_read ();
      List.iter (run_check program) (List.rev !checks)

let parse ?program argv =
  let words = match Array.to_list argv with [] -> [] | _ :: words -> words in
  let name = Option.value program ~default:"unikernel" in
  if not !parsed then parse_words ~strict:(program <> None) name words

let explain connect =
  Lwt.catch connect (function
      | Failure message ->
          prerr_endline ("unikernel: " ^ message);
          exit unavailable_status
      | exn -> Lwt.fail exn)

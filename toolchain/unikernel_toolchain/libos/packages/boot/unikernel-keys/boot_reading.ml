module D = Boot_declaration

type outcome = Help | Version | Words of string list | Wrong of string

let ( let* ) = Result.bind

let each f list =
  List.fold_left (fun so_far item -> Result.bind so_far (fun () -> f item)) (Ok ()) list

let refused what why = Error (what ^ " is refused. " ^ why)

(* {1 From the command line} *)

let read_setting { Boot_words.key; spelled; text } =
  let text = Option.value text ~default:"true" in
  let equals = if String.length spelled > 2 then "=" else " " in
  Result.fold (key.read text) ~ok:Result.ok ~error:(refused (spelled ^ equals ^ text))

let is_among settings key =
  List.exists (fun (setting : Boot_words.setting) -> setting.key == key) settings

let rec check_repeated = function
  | [] -> Ok ()
  | { Boot_words.key; spelled; _ } :: rest when is_among rest key ->
      Error (spelled ^ " is given twice: it has one value.")
  | _ :: rest -> check_repeated rest

let check_strictly { Boot_words.settings; words; _ } =
  match words with
  | [] -> check_repeated settings
  | words ->
      Error
        ("there are words that are no keys: " ^ String.concat " " words
         ^ ". This unikernel takes keys alone; --help describes them.")

(* {1 From boot variables} *)

(* What a person writes to say yes or no in an environment, as Cmdliner takes it. *)
let read_answer (key : D.t) text =
  match String.lowercase_ascii text with
  | "true" | "yes" | "y" | "1" -> key.read "true"
  | "" | "false" | "no" | "n" | "0" -> key.read "false"
  | _ -> Error "It is true or false."

let read_variable (key : D.t) variable text =
  let result =
    match key.kind with
    | Value _ -> key.read text
    | Flag | Switch -> read_answer key text
  in
  Result.fold result ~ok:Result.ok ~error:(refused (variable ^ "=" ^ text))

let complete settings (key : D.t) =
  let with_text variable = Option.map (fun it -> (variable, it)) (Sys.getenv_opt variable) in
  match Option.bind key.env with_text with
  | _ when is_among settings key -> Ok ()
  | Some (variable, text) -> read_variable key variable text
  | None when key.is_required ->
      Error (D.title key ^ " has to be given: " ^ D.example key ^ ".")
  | None -> Ok ()

(* {1 Everything} *)

let values ~strict keys (line : Boot_words.t) =
  let* () = each Result.error line.errors in
  let* () = if strict then check_strictly line else Ok () in
  let* () = each read_setting line.settings in
  each (complete line.settings) keys

let read_format = function
  | "true" | "auto" | "pager" | "groff" | "plain" -> Ok ()
  | _ -> Error "It is auto, pager, groff or plain."

(* Keys that the command line has of itself: of no section. One of the same name that is
   declared takes the place. *)
let general keys name read =
  let has_name (key : D.t) = List.mem name key.names in
  let declared =
    { D.names = [ name ]; kind = Switch; docs = ""; doc = ""; env = None; absent = "";
      is_required = false; read }
  in
  if List.exists has_name keys then [] else [ declared ]

let read ~strict keys arguments =
  let help = general keys "help" read_format in
  let version = general keys "version" (fun _ -> Ok ()) in
  let line = Boot_words.read (keys @ help @ version) arguments in
  let asks_for general = List.filter (fun it -> List.memq it.Boot_words.key general) line.settings in
  match (asks_for help, asks_for version) with
  | (_ :: _ as asked), _ -> (
      match each read_setting asked with Ok () -> Help | Error message -> Wrong message)
  | [], _ :: _ -> Version
  | [], [] -> (
      match values ~strict keys line with
      | Ok () -> Words line.words
      | Error message -> Wrong message)

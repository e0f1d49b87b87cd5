(* Keys declare themselves when their module starts, [parse] reads the arguments once, and
   checks that concern several keys run behind it. Whoever boots is a person: an error
   says what would be right, and ends the unikernel with a status of sysexits(3). *)

type 'a key = { name : string; default : 'a; mutable value : 'a option }

type declaration = {
  name : string;
  letter : char option;
  docv : string;  (** empty for a flag *)
  doc : string;
  read : string -> (unit, string) result;
}

let declarations : declaration list ref = ref []
let checks = ref []
let positional = ref []
let parsed = ref false
let usage_status = 64
let help_status = 63
let unavailable_status = 69

(* {1 Declaring} *)

let find (name : string) = List.find_opt (fun declared -> declared.name = name) !declarations

let key ?letter name read ~docv ~default ~doc =
  if find name <> None then invalid_arg ("Boot_keys: two keys are called --" ^ name);
  let key = { name; default; value = None } in
  let store value = key.value <- Some value in
  let read text = Result.map store (read text) in
  declarations := { name; letter; docv; doc; read } :: !declarations;
  key

let boolean text = Option.to_result ~none:"It is true or false." (bool_of_string_opt text)
let flag name ~doc = key name boolean ~docv:"" ~default:false ~doc
let string name ~docv ~default ~doc = key name Result.ok ~docv ~default ~doc
let whole text = Option.to_result ~none:"It is a whole number." (int_of_string_opt text)
let int name ~docv ~default ~doc = key name whole ~docv ~default ~doc
let in_group group name = Option.fold group ~none:name ~some:(fun group -> group ^ "-" ^ name)

let get (key : _ key) =
  if not !parsed then invalid_arg ("Boot_keys: --" ^ key.name ^ " is known after parse only");
  Option.value key.value ~default:key.default

let is_given (key : _ key) = key.value <> None
let check f = checks := f :: !checks
let arguments () = List.rev !positional

(* {1 Help} *)

let heading declared =
  let letter = Option.fold ~none:"" ~some:(Printf.sprintf "-%c, ") declared.letter in
  let docv = if declared.docv = "" then "" else "=" ^ declared.docv in
  Printf.sprintf "  %s--%s%s" letter declared.name docv

let sorted () = List.sort (fun a b -> compare a.name b.name) !declarations

let help () =
  print_endline "Boot keys of this unikernel:";
  let print declared = Printf.printf "%s\n      %s\n" (heading declared) declared.doc in
  List.iter print (sorted ());
  exit help_status

let usage_error message =
  prerr_endline ("unikernel: " ^ message);
  exit usage_status

(* {1 Reading} *)

let unknown argument =
  let names = List.map (fun declared -> "--" ^ declared.name) (sorted ()) in
  usage_error
    (Printf.sprintf "there is no boot key %s. There are: %s. --help describes them." argument
       (String.concat ", " names))

let assign declared text =
  match declared.read text with
  | Ok () -> ()
  | Error message -> usage_error (Printf.sprintf "--%s=%s is refused. %s" declared.name text message)

let missing_value declared =
  usage_error (Printf.sprintf "--%s needs a value: --%s=%s" declared.name declared.name declared.docv)

(* A flag takes no value from the word behind it. *)
let assign_next declared rest =
  match rest with
  | _ when declared.docv = "" ->
      assign declared "true";
      rest
  | text :: rest ->
      assign declared text;
      rest
  | [] -> missing_value declared

let after text index = String.sub text index (String.length text - index)

let long argument rest =
  let name, value =
    match String.index_opt argument '=' with
    | Some index -> (String.sub argument 2 (index - 2), Some (after argument (index + 1)))
    | None -> (after argument 2, None)
  in
  match (find name, value) with
  | None, _ -> unknown argument
  | Some declared, Some text ->
      assign declared text;
      rest
  | Some declared, None -> assign_next declared rest

let short argument rest =
  match List.find_opt (fun declared -> declared.letter = Some argument.[1]) !declarations with
  | None -> unknown argument
  | Some declared when String.length argument > 2 ->
      assign declared (after argument 2);
      rest
  | Some declared -> assign_next declared rest

let has_prefix prefix argument =
  String.length argument > String.length prefix
  && String.sub argument 0 (String.length prefix) = prefix

let rec read = function
  | [] -> ()
  | "--" :: rest -> positional := List.rev_append rest !positional
  | ("--help" | "--help=plain") :: _ -> help ()
  | argument :: rest when has_prefix "--" argument -> read (long argument rest)
  | argument :: rest when has_prefix "-" argument -> read (short argument rest)
  | argument :: rest ->
      positional := argument :: !positional;
      read rest

let run_check f = match f () with Ok () -> () | Error message -> usage_error message

let parse argv =
  read (List.tl (Array.to_list argv));
  parsed := true;
  List.iter run_check (List.rev !checks)

let explain connect =
  Lwt.catch connect (function
      | Failure message ->
          prerr_endline ("unikernel: " ^ message);
          exit unavailable_status
      | exn -> Lwt.fail exn)

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
let kept = ref []
let parsed = ref false
let usage_status = 64
let help_status = 63
let unavailable_status = 69

(* {1 Declaring} *)

let find (name : string) = List.find_opt (fun declared -> declared.name = name) !declarations

let key ?letter name read ~docv ~default ~doc =
  if find name <> None then invalid_arg ("Boot_keys: two keys are called --" ^ name);
  let key = { name; default; value = None } in
  let keep value = key.value <- Some value in
  let read text = Result.map keep (read text) in
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
let words () = List.rev !kept

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

let give_up sentence =
  prerr_endline ("unikernel: " ^ sentence);
  exit usage_status

(* {1 Reading} *)

let unknown word =
  let names = List.map (fun declared -> "--" ^ declared.name) (sorted ()) in
  give_up
    (Printf.sprintf "there is no boot key %s. There are: %s. --help describes them." word
       (String.concat ", " names))

let assign declared text =
  match declared.read text with
  | Ok () -> ()
  | Error sentence -> give_up (Printf.sprintf "--%s=%s is refused. %s" declared.name text sentence)

let wanting declared =
  give_up (Printf.sprintf "--%s needs a value: --%s=%s" declared.name declared.name declared.docv)

(* A flag takes no value from the word behind it. *)
let assign_next declared rest =
  match rest with
  | _ when declared.docv = "" ->
      assign declared "true";
      rest
  | text :: rest ->
      assign declared text;
      rest
  | [] -> wanting declared

let after text index = String.sub text index (String.length text - index)

let long word rest =
  let name, value =
    match String.index_opt word '=' with
    | Some index -> (String.sub word 2 (index - 2), Some (after word (index + 1)))
    | None -> (after word 2, None)
  in
  match (find name, value) with
  | None, _ -> unknown word
  | Some declared, Some text ->
      assign declared text;
      rest
  | Some declared, None -> assign_next declared rest

let short word rest =
  match List.find_opt (fun declared -> declared.letter = Some word.[1]) !declarations with
  | None -> unknown word
  | Some declared when String.length word > 2 ->
      assign declared (after word 2);
      rest
  | Some declared -> assign_next declared rest

let starts prefix word =
  String.length word > String.length prefix
  && String.sub word 0 (String.length prefix) = prefix

let rec read = function
  | [] -> ()
  | "--" :: rest -> kept := List.rev_append rest !kept
  | ("--help" | "--help=plain") :: _ -> help ()
  | word :: rest when starts "--" word -> read (long word rest)
  | word :: rest when starts "-" word -> read (short word rest)
  | word :: rest ->
      kept := word :: !kept;
      read rest

let run_check f = match f () with Ok () -> () | Error sentence -> give_up sentence

let parse argv =
  read (List.tl (Array.to_list argv));
  parsed := true;
  List.iter run_check (List.rev !checks)

let explain connect =
  Lwt.catch connect (function
    | Failure sentence ->
        prerr_endline ("unikernel: " ^ sentence);
        exit unavailable_status
    | exn -> Lwt.fail exn)

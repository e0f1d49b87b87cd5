(* Answers a question about a program, which comes on standard input, in JSON:

   complete OFFSET    the names that may stand where the one ends that is being written there
   describe OFFSET    what the name there means

   OFFSET counts the bytes before the place. -I FOLDER is the compiler's. *)

module Json = Functoria_json

let limit = 300

let entry { Listing.name; kind; meaning } =
  Json.Object [ ("name", String name); ("kind", String kind); ("type", String meaning) ]

let rec first count = function
  | it :: rest when count > 0 -> it :: first (count - 1) rest
  | _ -> []

(* What is being written has rarely a type yet. It is left out of the program, a label with the [~]
   before it, and names are those that the place itself can see: arguments of the function around it,
   what was opened there. In comments and strings no names stand. *)
let complete ~folders program offset env =
  if Chunks.(ends_in_words (split program) offset) then Json.List [] else
    let start, _ = Names.around program offset in
    let name = String.sub program start (offset - start) in
    let begins = if Labels.is_label program start then start - 1 else start in
    let { Scope.env = inside; call; _ } =
      Scope.at env ~is_written:false program (begins, offset)
    in
    let call = if begins < start then call else None in
    let found =
      match Option.bind call (fun call -> Listing.labels inside call name) with
      | Some labels -> labels
      | None -> Listing.beginning inside ~folders name
    in
    Json.List (List.map entry (first limit found))

(* A variable of the function around the place hides what modules have under the same name. *)
let describe ~folders program offset env =
  let start, stop = Names.around program offset in
  let name = String.sub program start (stop - start) in
  let of_name env = Description.of_name env ~folders name in
  let { Scope.env = inside; variable; _ } =
    Scope.at env ~is_written:true program (start, stop)
  in
  let found =
    match variable with
    | Some typ -> Some (Description.of_variable inside name typ)
    | None -> of_name inside
  in
  match found with
  | None -> Json.Null
  | Some { name; kind; meaning; comment; interface } ->
      Object
        [
          ("name", String name);
          ("kind", String kind);
          ("type", String meaning);
          ("comment", String comment);
          ("interface", String interface);
        ]

let input_all channel =
  let text = Buffer.create 10_000 in
  let rec read () =
    match Buffer.add_channel text channel 1 with () -> read () | exception End_of_file -> ()
  in
  read ();
  Buffer.contents text

let () =
  let question = ref [] and folders = ref [] in
  let add list word = list := word :: !list in
  Arg.parse
    [ ("-I", String (add folders), "FOLDER") ]
    (add question) "answers QUESTION OFFSET";
  let folders = List.rev !folders in
  set_binary_mode_in stdin true; (* OFFSET counts bytes as they were sent *)
  let program = input_all stdin in
  let answer = match List.rev !question with
    | [ "complete"; offset ] -> complete ~folders program (int_of_string offset)
    | [ "describe"; offset ] -> describe ~folders program (int_of_string offset)
    | _ -> raise (Arg.Bad "no such question")
  in
  let env = Scope.start ~folders in
  print_string (Json.to_string (answer env))

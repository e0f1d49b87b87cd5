(* packages: unikernel-keys cmdliner *)

(* Boot keys read what Cmdliner reads. Both get the same keys and the same command lines, made
   up from words that are right and words that nearly are; they must agree on whether a line is
   taken, on whether it asks for help, and on every value. *)

open Cmdliner

let seed = Option.fold (Sys.getenv_opt "STACK_SEED") ~none:11 ~some:int_of_string
let runs = Option.fold (Sys.getenv_opt "STACK_FUZZ") ~none:20_000 ~some:int_of_string

type outcome = Values of string list | Help | Refused

(* {1 The keys} *)

let names = [ [ "hello"; "H" ]; [ "help-text" ]; [ "number"; "n" ]; [ "levels"; "l" ] ]
let flags = [ [ "f"; "flag" ]; [ "g" ]; [ "flat" ] ]

let of_cmdliner =
  let text name = Arg.(value & opt string "none" & info name) in
  let ints name = Arg.(value & opt (list int) [ 0 ] & info name) in
  let flag name = Arg.(value & flag & info name) in
  let texts a b c d e f g =
    [ a; b; String.concat "," (List.map string_of_int c); d ]
    @ List.map string_of_bool [ e; f; g ]
  in
  match (names, flags) with
  | [ a; b; c; d ], [ e; f; g ] ->
      Term.(
        const texts $ text a $ text b $ ints c $ text d $ flag e $ flag f $ flag g)
  | _ -> assert false

let drop = Format.make_formatter (fun _ _ _ -> ()) ignore

let by_cmdliner words =
  let argv = Array.of_list ("program" :: words) in
  let command = Cmd.v (Cmd.info "program") of_cmdliner in
  match Cmd.eval_value ~help:drop ~err:drop ~argv command with
  | Ok (`Ok values) -> Values values
  | Ok (`Help | `Version) -> Help
  | Error _ -> Refused

let declared kind names read =
  { Boot_declaration.names; kind; docs = "KEYS"; doc = ""; env = None; absent = "";
    is_required = false; read }

let key kind read default names =
  let value = ref default in
  let store text = Result.map (( := ) value) (read text) in
  (value, declared kind names store)

let by_boot_keys words =
  let numbers = Boot_converters.(list int) in
  let of_names = function
    | "number" :: _ as names ->
        key (Value "VAL") (fun text -> Result.map numbers.print (numbers.read text)) "0" names
    | names -> key (Value "VAL") Result.ok "none" names
  in
  let keys = List.map of_names names @ List.map (key Flag Result.ok "false") flags in
  match Boot_reading.read ~strict:true (List.map snd keys) words with
  | Words _ -> Values (List.map (fun (value, _) -> !value) keys)
  | Help -> Help
  | Version | Wrong _ -> Refused

(* {1 Command lines} *)

let pieces =
  [|
    "--hello"; "--hello="; "--hello=x"; "--hel"; "--hell=y"; "--h=z"; "-H"; "-Hx"; "-H=x"; "x";
    "--help-text"; "--help-"; "--help-t=q"; "--number"; "--number=3"; "--num=1,2"; "--n=,4,";
    "-n"; "-n3"; "-n0x10"; "--number=x"; "3"; "1,2"; ""; "-"; "--"; "---"; "--=x"; "-l"; "-lq";
    "-f"; "-g"; "-fg"; "-gf"; "-fn3"; "-fHx"; "-fz"; "-f=true"; "--flag"; "--fla"; "--flat";
    "--flag=true"; "--f"; "--nope"; "--nope=1"; "-z"; "--help=plain"; "-1"; "--levels=a:b"; "--l";
  |]

(* Who asks for help twice gets it here, and a refusal from Cmdliner. *)
let rec line () =
  let words = List.init (Random.int 4) (fun _ -> pieces.(Random.int (Array.length pieces))) in
  if List.length (List.filter (( = ) "--help=plain") words) > 1 then line () else words

let shown = function
  | Values values -> String.concat " " (List.map (Printf.sprintf "%S") values)
  | Help -> "help"
  | Refused -> "refused"

let compare_on counts words =
  let theirs = by_cmdliner words and ours = by_boot_keys words in
  let count = match theirs with Values _ -> 0 | Help -> 1 | Refused -> 2 in
  counts.(count) <- counts.(count) + 1;
  if theirs <> ours then (
    Printf.printf "%s\n  Cmdliner: %s\n  boot keys: %s\n"
      (String.concat " " (List.map Filename.quote words))
      (shown theirs) (shown ours);
    exit 1)

let () =
  Random.init seed;
  let counts = [| 0; 0; 0 |] in
  Array.iter (fun word -> compare_on counts [ word ]) pieces;
  for _ = 1 to runs do
    compare_on counts (line ())
  done;
  Printf.printf "%d taken, %d help, %d refused\n" counts.(0) counts.(1) counts.(2);
  if Array.exists (fun count -> count < 100) counts then exit 1

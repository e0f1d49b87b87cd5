(* Keys and values, without a command line or with one. *)

open Functoria_key

let check what condition = if not condition then failwith what

let raises what pattern f =
  match f () with
  | _ -> failwith (what ^ ": nothing was raised")
  | exception Invalid_argument said ->
      check (what ^ ": " ^ said) (Astring.String.is_infix ~affix:pattern said)

let info = Arg.info
let count = create "count" Arg.(opt int 3 (info [ "c"; "count" ]))
let name = create "my-name" Arg.(opt ~stage:`Configure (some string) None (info [ "my-name" ]))
let wanted = create "wanted" Arg.(required ~stage:`Run (list int) (info [ "wanted" ]))
let loud = create "loud" Arg.(flag (info [ "loud" ]))

(* {1 Values} *)

let () =
  let doubled = map (fun n -> 2 * n) (value count) in
  let pair = pure (fun a b -> (a, b)) $ doubled $ value loud in
  check "default" (default pair = (6, false));
  let context = empty_context |> add_to_context count 5 |> add_to_context loud true in
  check "eval" (eval context pair = (10, true));
  check "get" (get context count = 5 && get context wanted = None && get context name = None);
  check "if_" (eval context (if_ (value loud) "LOUD" "soft") = "LOUD");
  check "match_" (eval context (match_ (value count) (function 5 -> 'a' | _ -> 'b')) = 'a');
  check "mem" (mem context pair && not (mem context (value name)));
  check "peek" (peek context pair = Some (10, true) && peek context (value name) = None);
  let names set = List.map Functoria_key.name (Set.elements set) in
  check "deps" (names (deps pair) = [ "count"; "loud" ]);
  check "of_deps" (names (deps (of_deps (deps pair))) = [ "count"; "loud" ]);
  let over = add_to_context count 7 empty_context in
  check "merge" (get (merge_context ~default:context over) count = 7);
  check "merge keeps" (get (merge_context ~default:context over) loud)

(* {1 Names and stages} *)

let () =
  let all = Set.of_list [ abstract count; abstract name; abstract wanted; abstract loud ] in
  let at stage = List.map Functoria_key.name (Set.elements (filter_stage stage all)) in
  check "configure" (at `Configure = [ "count"; "loud"; "my-name" ]);
  check "run" (at `Run = [ "count"; "loud"; "wanted" ]);
  check "both" (at `Both = [ "count"; "loud"; "my-name"; "wanted" ]);
  check "runtime" (is_runtime (abstract wanted) && not (is_configure (abstract wanted)));
  check "ocaml name" (ocaml_name (abstract name) = "my_name");
  check "call" (Fmt.str "%a" serialize_call (abstract name) = "(Key_gen.my_name ())");
  check "module" (module_name = "Key_gen");
  let again = create "count" Arg.(flag (info [ "count" ])) in
  check "two keys" (not (equal (abstract count) (abstract again)));
  check "one key" (equal (abstract count) (abstract count));
  raises "two of a name" "Duplicate key name: \"count\"" (fun () -> Set.add (abstract again) all);
  raises "a union" "Duplicate key name" (fun () -> Set.union all (Set.singleton (abstract again)));
  raises "no name" "digit" (fun () -> create "1st" Arg.(flag (info [ "first" ])));
  raises "no option" "at least one name" (fun () -> info [])

(* {1 Aliases} *)

let () =
  let quiet =
    Alias.flag (info [ "quiet" ])
    |> Alias.add loud (fun quiet -> if quiet then Some false else None)
    |> Alias.add count (fun quiet -> if quiet then Some 0 else None)
  in
  let quiet = alias "quiet" quiet in
  let keys = Set.add (abstract quiet) (aliases (abstract quiet)) in
  let names = List.map Functoria_key.name (Set.elements keys) in
  check "aliases" (names = [ "count"; "loud"; "quiet" ]);
  let read words =
    let argv = Array.of_list ("keys" :: words) in
    let term = context ~with_required:false keys in
    match Cmdliner.Cmd.(eval_value ~argv (v (info "keys") term)) with
    | Ok (`Ok context) -> context
    | _ -> failwith "not read"
  in
  check "unset" (get (read []) count = 3);
  check "set" (get (read [ "--quiet" ]) count = 0);
  check "given itself" (get (read [ "--quiet"; "--count"; "9" ]) count = 9)

(* {1 As Key_gen has them} *)

let text context key = Fmt.str "%a" (serialize context) key

let () =
  let context = add_to_context name (Some "it\"s\n") empty_context in
  check "a constant" (text context (abstract name) = "let my_name () = (Some (\"it\\\"s\\n\"))\n");
  let declared = text (add_to_context count (-4) empty_context) (abstract count) in
  let has affix = check declared (Astring.String.is_infix ~affix declared) in
  has "Boot_keys.opt Boot_converters.int ((-4))";
  has "[\"c\"; \"count\"]";
  has "fun () -> Boot_keys.get key";
  let given = text (add_to_context wanted (Some [ 1; 2 ]) empty_context) (abstract wanted) in
  check given (Astring.String.is_infix ~affix:"~default:([1; 2])" given);
  check given
    (Astring.String.is_infix ~affix:"Boot_keys.required (Boot_converters.list Boot_converters.int)"
       given)

(* {1 Converters of an application's own} *)

let () =
  let at_boot runtime_conv =
    let conv = Arg.conv ~conv:Cmdliner.Arg.int ~serialize:Fmt.int ~runtime_conv in
    text empty_context (abstract (create "own" (Arg.opt conv 1 (info [ "own" ]))))
  in
  let has expected runtime_conv =
    let found = at_boot runtime_conv in
    check found (Astring.String.is_infix ~affix:expected found)
  in
  has "(Cmdliner_converter.v (My.conv ~base:16))" "My.conv ~base:16";
  has "Boot_converters.int" " ( Cmdliner.Arg.int ) ";
  has "(Boot_converters.list (Boot_converters.some Address_converters.ipv4))"
    "(Cmdliner.Arg.list (Cmdliner.Arg.some Mirage_runtime.Arg.ipv4))";
  has "(Cmdliner_converter.v ((Cmdliner.Arg.list My.conv)))" "(Cmdliner.Arg.list My.conv)";
  has "(Cmdliner_converter.v ((f a) (g b)))" "(f a) (g b)";
  has "(Boot_converters.list Log_converters.log_threshold)"
    "(Cmdliner.Arg.list Mirage_runtime.Arg.log_threshold)"

open Printf
open Device_graph

(* 4 is unikernel.h's UNIKERNEL_MILESTONE_START. *)
let begins =
  {|external milestone : int -> unit = "unikernel_ocaml_milestone" [@@noalloc]
let begins () = milestone 4
|}

(* Lazy.force itself is laid out anew wherever it stands. *)
let force = "let force promise = Lazy.force promise\n"

(* {1 Modules} *)

let instance node =
  let argument parameter = sprintf " (%s)" parameter.module_name in
  let arguments = String.concat "" (List.map argument node.parameters) in
  sprintf "module %s = %s%s\n" node.module_name node.implementation arguments

let modules nodes =
  let add (known, texts) node =
    if node.parameters = [] || List.mem node.module_name known then (known, texts)
    else (node.module_name :: known, instance node :: texts)
  in
  String.concat "" (List.rev (snd (List.fold_left add ([], []) nodes)))

(* {1 Values}

   A value is called as its promise is, behind a [_]: not all are used by what is connected. *)

let value node = if is_connected node then "_" ^ node.name else "()"

let once nodes =
  let add known node = if List.memq node known then known else node :: known in
  List.rev (List.fold_left add [] nodes)

let awaited node = once (List.filter is_connected node.arguments)
let line ~indent format = ksprintf (fun text -> String.make indent ' ' ^ text ^ "\n") format

(* What forces these, then awaits them, in their order. *)
let awaiting ~indent = function
  | [ node ] -> line ~indent "force %s >>= fun %s ->" node.name (value node)
  | nodes ->
      let force node = line ~indent "let %s = force %s in" (value node) node.name in
      let await node = line ~indent "%s >>= fun %s ->" (value node) (value node) in
      String.concat "" (List.map force nodes @ List.map await nodes)

let explaining ~indent = function
  | [ node ] ->
      line ~indent "Boot_keys.explain (fun () -> force %s) >>= fun %s ->" node.name (value node)
  | nodes ->
      let values = String.concat ", " (List.map value nodes) in
      line ~indent "Boot_keys.explain (fun () ->"
      ^ awaiting ~indent:(indent + 2) nodes
      ^ line ~indent:(indent + 2) "Lwt.return (%s)) >>= fun (%s) ->" values values

let connection node =
  match node.value with
  | Stateless -> "Lwt.return_unit"
  | Connected connect ->
      connect ~module_name:node.module_name (List.map value node.arguments)

let start ~explained node =
  let indent = 2 and inputs = awaited node in
  let connection = if node.own then "begins (); " ^ connection node else connection node in
  let last = if node.ends then sprintf "Lwt.map ignore (%s)" connection else connection in
  let before =
    match inputs with
    | [] -> ""
    | _ when explained && node.own -> explaining ~indent inputs
    | _ -> awaiting ~indent inputs
  in
  before ^ line ~indent "%s" last

let values ~explained nodes =
  let define node =
    sprintf "let %s = lazy (\n%s)\n\n" node.name (start ~explained node)
  in
  String.concat "" (List.map define (List.filter is_connected nodes))

let start ~folders =
  Clflags.include_dirs := List.rev folders;
  Clflags.principal := false;
  ignore (Warnings.parse_options false "-a");
  Compmisc.init_path ();
  Compmisc.initial_env ()

let typed env item = match Typing.structure env [ item ] with
  | structure -> Some structure
  | exception _ -> None

let behind env item =
  match typed env item with Some { Typedtree.str_final_env; _ } -> str_final_env | None -> env

let behind_chunk env chunk =
  List.fold_left behind env (Option.value ~default:[] (Chunks.parse chunk))

(* {1 Inside an expression} *)

type t = { env : Env.t; variable : Types.type_expr option; call : Labels.call option }

type found = {
  mutable inner : Env.t option;
  mutable width : int;
  mutable named : Types.type_expr option;
}

let look found (start, stop) =
  let covers { Location.loc_start; loc_end; _ } =
    loc_start.pos_cnum <= start + 1 && start + 1 <= loc_end.pos_cnum
  in
  let note { Location.loc_start; loc_end; _ } env =
    let width = loc_end.pos_cnum - loc_start.pos_cnum in
    if width <= found.width then (
      found.inner <- Some env;
      found.width <- width)
  in
  let default = Tast_iterator.default_iterator in
  let expr self (it : Typedtree.expression) =
    if covers it.exp_loc then note it.exp_loc it.exp_env;
    default.expr self it
  in
  let module_expr self (it : Typedtree.module_expr) =
    if covers it.mod_loc then note it.mod_loc it.mod_env;
    default.module_expr self it
  in
  let pat : type k. Tast_iterator.iterator -> k Typedtree.general_pattern -> unit =
    fun self it ->
      let { Location.loc_start; loc_end; _ } = it.pat_loc in
      if loc_start.pos_cnum = start && loc_end.pos_cnum = stop then found.named <- Some it.pat_type;
      default.pat self it
  in
  { default with expr; module_expr; pat }

let look_into iterator part =
  let open Tast_iterator in
  match (part : Cmt_format.binary_part) with
  | Partial_structure it -> iterator.structure iterator it
  | Partial_structure_item it -> iterator.structure_item iterator it
  | Partial_expression it -> iterator.expr iterator it
  | Partial_module_type it -> iterator.module_type iterator it
  | Partial_signature it -> iterator.signature iterator it
  | Partial_signature_item it -> iterator.signature_item iterator it
  | _ -> ()

let inside env place items =
  let found = { inner = None; width = max_int; named = None } in
  let iterator = look found place in
  let last =
    List.fold_left
      (fun env item ->
         Cmt_format.set_saved_types [];
         match typed env item with
         | Some structure ->
             iterator.structure iterator structure;
             structure.str_final_env
         | None ->
             (* Of what does not compile, the compiler has kept what it made sense of. *)
             List.iter (look_into iterator) (Cmt_format.get_saved_types ());
             env)
      env items
  in
  let call = Labels.around (fst place) items in
  { env = Option.value found.inner ~default:last; variable = found.named; call }

let at env ~is_written program (start, stop) =
  let readings chunk =
    let holes = Chunks.with_hole chunk (start, stop) in
    if is_written then chunk :: holes else holes @ [ chunk ]
  in
  let rec go env = function
    | [] -> { env; variable = None; call = None }
    | chunk :: (next :: _ as rest) when next.Chunks.first <= start ->
        go (behind_chunk env chunk) rest
    | chunk :: _ -> (
        match List.find_map Chunks.parse (readings chunk) with
        | Some items -> inside env (start, stop) items
        | None -> { env; variable = None; call = None })
  in
  go env (Chunks.split program)

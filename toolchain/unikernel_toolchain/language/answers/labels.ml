let is_label program start = start > 0 && (program.[start - 1] = '~' || program.[start - 1] = '?')

type call = { called : Longident.t; given : string list }

exception Found of call

let name_of (label : Asttypes.arg_label) = match label with
  | Labelled name | Optional name -> Some name
  | Nolabel -> None

(* The argument that is being written is the hole, which begins at [start]. *)
let around start items =
  let default = Ast_iterator.default_iterator in
  let is_here (_, (argument : Parsetree.expression)) =
    let at = argument.pexp_loc.loc_start.pos_cnum in
    at = start || at = start + 1
  in
  let expr self (it : Parsetree.expression) =
    match it.pexp_desc with
    | Pexp_apply ({ pexp_desc = Pexp_ident { txt = called; _ }; _ }, arguments)
      when List.exists is_here arguments ->
        let given = List.filter_map (fun (label, _) -> name_of label) arguments in
        raise (Found { called; given })
    | _ -> default.expr self it
  in
  let iterator = { default with expr } in
  match iterator.structure iterator items with () -> None | exception Found call -> Some call

let rec without_option typ optional = match (Typing.desc typ, optional) with
  | Types.Tconstr (_, [ inner ], _), true -> without_option inner false
  | _ -> typ

let rec arguments env typ = match Typing.desc (Ctype.expand_head env typ) with
  | Types.Tarrow (label, argument, result, _) ->
      let others = arguments env result in
      let is_optional = match label with Optional _ -> true | _ -> false in
      let it name = (name, without_option argument is_optional) in
      Option.to_list (Option.map it (name_of label)) @ others
  | _ -> []

let of_call env { called; given } =
  match Env.find_value_by_name called env with
  | _, it ->
      Some (List.filter (fun (name, _) -> not (List.mem name given)) (arguments env it.val_type))
  | exception Not_found -> None

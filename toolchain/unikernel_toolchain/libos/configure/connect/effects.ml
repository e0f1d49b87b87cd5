(* Whether a module without a start does anything, from its sources: a file that only
   defines was meant to have one. *)

open Parsetree

type t = Nothing | Values | Acts

let rec computes expression =
  match expression.pexp_desc with
  | Pexp_ident _ | Pexp_constant _ | Pexp_newtype _ | Pexp_lazy _ | Pexp_construct (_, None) ->
      false
  | Pexp_constraint (inner, _) | Pexp_coerce (inner, _, _) -> computes inner
  | _ -> not (Function_expression.is_function expression)

let rec is_named pattern =
  match pattern.ppat_desc with
  | Ppat_var _ -> true
  | Ppat_constraint (inner, _) -> is_named inner
  | _ -> false

let of_binding { pvb_pat; pvb_expr; _ } =
  if not (is_named pvb_pat) then Acts else if computes pvb_expr then Values else Nothing

let all of_one list = List.fold_left (fun most one -> Stdlib.max most (of_one one)) Nothing list

let rec of_structure structure = all of_item structure

and of_item item =
  match item.pstr_desc with
  | Pstr_eval _ | Pstr_extension _ -> Acts
  | Pstr_value (_, bindings) -> all of_binding bindings
  | Pstr_module { pmb_expr; _ } -> of_module pmb_expr
  | Pstr_recmodule modules -> all (fun { pmb_expr; _ } -> of_module pmb_expr) modules
  | Pstr_include _ -> Values
  | _ -> Nothing

and of_module expression =
  match expression.pmod_desc with
  | Pmod_structure structure -> of_structure structure
  | Pmod_constraint (inner, _) -> of_module inner
  | Pmod_ident _ | Pmod_functor _ -> Nothing
  | _ -> Values

let of_file file =
  let channel = open_in file in
  Fun.protect
    ~finally:(fun () -> close_in channel)
    (fun () -> of_structure (Parse.implementation (Lexing.from_channel channel)))

let of_files files = all of_file files

let is_function expression =
  match expression.Parsetree.pexp_desc with
  | Pexp_fun _ | Pexp_function _ -> true
  | _ -> false

let text { Parsetree.pconst_desc; _ } =
  match pconst_desc with Pconst_string (text, _, _) -> Some text | _ -> None

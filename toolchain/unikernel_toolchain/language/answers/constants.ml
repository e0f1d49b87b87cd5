let text = function Parsetree.Pconst_string (text, _, _) -> Some text | _ -> None

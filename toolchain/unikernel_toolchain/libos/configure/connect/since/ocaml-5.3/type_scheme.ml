(* A type that goes round in a circle is printed without end unless it is prepared. *)
let tree typ =
  Out_type.prepare_for_printing [ typ ];
  Out_type.(tree_of_typexp Type_scheme) typ

let structure env items =
  let structure, _, _, _, _ = Typemod.type_structure env items in
  structure

let desc = Types.get_desc

let structure env items =
  let structure, _, _, _ = Typemod.type_structure env items in
  structure

let desc typ = (Btype.repr typ).Types.desc

let to_string = Cstruct.to_string

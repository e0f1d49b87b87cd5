let generate length = Cstruct.to_string (Random_unikernel.generate length)

let generate length = Random_unikernel.generate length

let length = 6

let of_cstruct_exn buffer =
  if Cstruct.length buffer < length then
    raise (Macaddr.Parse_error ("a MAC address has six bytes", Cstruct.to_string buffer));
  Macaddr.of_octets_exn (Cstruct.to_string (Cstruct.sub buffer 0 length))

let of_cstruct buffer =
  match of_cstruct_exn buffer with
  | address -> Ok address
  | exception Macaddr.Parse_error (reason, _) -> Error (`Msg reason)

let write_cstruct_exn address buffer =
  if Cstruct.length buffer < length then
    raise (Macaddr.Parse_error ("there is no room for six bytes", Cstruct.to_string buffer));
  Cstruct.blit_from_string (Macaddr.to_octets address) 0 buffer 0 length

let to_cstruct ?(allocator = Cstruct.create) address =
  let buffer = allocator length in
  write_cstruct_exn address buffer;
  buffer

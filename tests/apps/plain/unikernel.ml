let start =
  print_endline "first starts";
  Lwt.pause ()

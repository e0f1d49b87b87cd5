let start () =
  print_endline "Your name?";
  let name = read_line () in
  let age = read_int () in
  Printf.printf "Hello %s, next year you are %d\n" name (age + 1)

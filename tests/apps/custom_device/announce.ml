let now () = Lwt.return (print_endline "announced")

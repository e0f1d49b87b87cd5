let rec pick n = if n = 0 then failwith "no such luck" else 1 + pick (n - 1)

let start () =
  at_exit (fun () -> print_endline "at_exit ran");
  print_int (pick 2)

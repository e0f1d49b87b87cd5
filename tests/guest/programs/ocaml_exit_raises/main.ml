(* An exception in what runs at exit: the rest runs all the same, channels are flushed. *)

exception Not_now

let start () =
  at_exit (fun () -> print_string "the last of all\n");
  at_exit (fun () -> raise Not_now);
  print_string "unflushed\n"

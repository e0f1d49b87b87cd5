(* Nobody else is there who could signal the condition. *)

let start () =
  let lock = Mutex.create () in
  Mutex.lock lock;
  print_endline "waiting";
  Condition.wait (Condition.create ()) lock

let start () =
  Printf.printf "minor heap %d words\n" (Gc.get ()).minor_heap_size;
  let numbers = List.init 1000 succ in
  Gc.compact ();
  Printf.printf "sum %d\n" (List.fold_left ( + ) 0 numbers)

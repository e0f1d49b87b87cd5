let start () =
  Printf.printf "GREETING=%s\n" (Sys.getenv "GREETING");
  Printf.printf "minor heap %d\n" (Gc.get ()).minor_heap_size;
  Array.iteri (Printf.printf "argument %d: %s\n") Sys.argv;
  exit 7

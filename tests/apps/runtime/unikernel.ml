let start { Mirage_info.name; libraries; packages } =
  let { Gc.minor_heap_size; space_overhead; _ } = Gc.get () in
  Printf.printf "minor heap %d, overhead %d\n" minor_heap_size space_overhead;
  Printf.printf "backtraces %b\n" (Printexc.backtrace_status ());
  Printf.printf "hash tables differ %b\n" (Hashtbl.is_randomized ());
  Printf.printf "%s has %b, %b\n" name (List.mem "fmt" libraries) (List.mem_assoc "fmt" packages);
  Lwt.return_unit

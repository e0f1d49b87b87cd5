(* What OCaml 4's parameters were for, and OCaml 5 has no use for, is told; the others count. *)

let start () =
  let { Gc.minor_heap_size; stack_limit; _ } = Gc.get () in
  Printf.printf "minor heap %d, stack %d\n" minor_heap_size stack_limit

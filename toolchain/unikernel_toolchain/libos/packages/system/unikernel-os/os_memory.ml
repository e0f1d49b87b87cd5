type stat = {
  heap_words : int;
  live_words : int;
  stack_words : int;
  free_words : int;
}

external heap_size : unit -> (int[@untagged])
  = "unikernel_bytecode_unsupported" "unikernel_heap_size"
[@@noalloc]

external heap_used : unit -> (int[@untagged])
  = "unikernel_bytecode_unsupported" "unikernel_heap_used"
[@@noalloc]

external stack_size : unit -> (int[@untagged])
  = "unikernel_bytecode_unsupported" "unikernel_ocaml_stack_size"
[@@noalloc]

let () = Memory_size.set (heap_size ())
let words bytes = bytes / (Sys.word_size / 8)

(* The C heap holds everything, OCaml's own heap included: its figures are these. *)
let quick_stat () =
  let heap_words = words (heap_size ()) and live_words = words (heap_used ()) in
  {
    heap_words;
    live_words;
    stack_words = words (stack_size ());
    free_words = heap_words - live_words;
  }

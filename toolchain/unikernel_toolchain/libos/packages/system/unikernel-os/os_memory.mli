(** Memory figures, taken without a collection. *)

type stat = {
  heap_words : int;  (** the platform's heap, OCaml's heaps inside it *)
  live_words : int;  (** of these, in blocks now, freed OCaml values included *)
  stack_words : int;  (** the stack, apart from the heap *)
  free_words : int;  (** of the heap, in no block *)
}

val quick_stat : unit -> stat

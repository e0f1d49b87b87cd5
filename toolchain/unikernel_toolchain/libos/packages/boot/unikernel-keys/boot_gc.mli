(** The collector's parameters as boot keys of MirageOS 3.9 have them. *)

val set :
  allocation_policy:[ `Next_fit | `First_fit | `Best_fit ] ->
  minor_heap_size:int option ->
  major_heap_increment:int option ->
  space_overhead:int option ->
  max_space_overhead:int option ->
  verbosity:int option ->
  window_size:int option ->
  custom_major_ratio:int option ->
  custom_minor_ratio:int option ->
  custom_minor_max_size:int option ->
  unit ->
  unit
(** Each is the field of that name of [Gc.control], with its unit; [None] leaves it as it is.
    What has no meaning in OCaml 5 is said on the console. A negative number, and a minor heap
    of more than half of the memory, end the unikernel with a sentence and status 64. *)

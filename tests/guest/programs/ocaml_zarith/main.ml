(* A package whose stubs stand on a C library of the distribution, libgmp. *)
let start () = print_endline (Z.to_string (Z.pow (Z.of_int 3) 100))

open Mirage

(* Asked for twice, it is one store: both are made alike. *)
let main = foreign "Unikernel.Main" (kv_rw @-> pclock @-> kv_rw @-> job)

let () =
  register "stores"
    [ main $ kv_rw_mem () $ default_posix_clock $ kv_rw_mem ~clock:default_posix_clock () ]

open Mirage

let main = foreign "Unikernel.Main" (kv_rw @-> job)
let () = register "notes" [ main $ direct_kv_rw "notes" ]

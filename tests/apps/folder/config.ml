open Mirage

(* On unix these are folders of the host; elsewhere the first is compiled in. *)
let main = foreign "Unikernel.Main" (kv_ro @-> job)
let () = register "folder" [ main $ direct_kv_ro "data" ]

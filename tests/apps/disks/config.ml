open Mirage

(* Disks that somebody made elsewhere: an archive, and a volume to be written to. *)
let archived = archive (block_of_file "archived")
let volume = fat (block_of_file "volume")
let main = foreign "Unikernel.Main" (kv_ro @-> kv_ro @-> fs @-> job)
let () = register "disks" [ main $ archived $ kv_ro_of_fs volume $ volume ]

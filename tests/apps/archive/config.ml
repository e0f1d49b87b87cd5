open Mirage

let main = foreign "Unikernel.Main" (kv_ro @-> kv_ro @-> job)

let () =
  register "archive"
    [ main $ archive_of_files ~dir:"data" () $ generic_kv_ro ~group:"any" "data" ]

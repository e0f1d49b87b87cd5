open Mirage

let main = foreign "Unikernel.Main" (kv_ro @-> kv_ro @-> kv_ro @-> job)

let () =
  register "files"
    [
      main $ crunch "data"
      $ kv_ro_of_fs (fat_of_files ~dir:"data" ~regexp:"*" ())
      $ generic_kv_ro ~group:"any" "data";
    ]

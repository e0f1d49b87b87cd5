open Mirage

let main = foreign "Unikernel.Main" (block @-> block @-> block @-> job)

let () =
  register "blocks"
    [ main $ block_of_file "disk.img" $ ramdisk "scratch" $ generic_block ~group:"other" "other" ]

open Mirage

let main = foreign ~packages:[ package "fat-filesystem" ] "Unikernel.Main" (block @-> job)
let () = register "fat_disk" [ main $ block_of_file "disk" ]

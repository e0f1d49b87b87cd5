open Mirage

let main = foreign "Unikernel.Make" (random @-> console @-> job)
let () = register "my-aliases" [ main $ default_random $ default_console ]

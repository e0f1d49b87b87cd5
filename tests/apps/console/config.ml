open Mirage

let main = foreign "Unikernel.Main" (console @-> console @-> job)
let () = register "console" [ main $ default_console $ custom_console "1" ]

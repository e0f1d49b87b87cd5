open Mirage

let main = foreign "Unikernel.Main" (pclock @-> job)
let reporter = default_reporter ~level:Logs.Warning ~ring_size:10 ()
let () = register ~reporter "logs" [ main $ default_posix_clock ]

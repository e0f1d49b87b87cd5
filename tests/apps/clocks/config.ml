open Mirage

let main =
  foreign "Unikernel.Main" (time @-> pclock @-> mclock @-> random @-> job)

let () =
  register "clocks"
    [ main $ default_time $ default_posix_clock $ default_monotonic_clock $ default_random ]

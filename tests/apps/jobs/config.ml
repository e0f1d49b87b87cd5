open Mirage

let first = foreign "Unikernel.First" (time @-> job)
let second = foreign "Unikernel.Second" (time @-> mclock @-> job)

let () =
  register "jobs"
    [ first $ default_time; second $ default_time $ default_monotonic_clock ]

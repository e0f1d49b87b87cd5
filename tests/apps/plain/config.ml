open Mirage

(* No devices: a module whose start is a promise, another whose start takes none either, and a
   job that does nothing. *)
let first = foreign "Unikernel" job
let second = foreign "Second.Main" job
let () = register ~reporter:no_reporter ~argv:no_argv "plain" [ first; second; noop ]

module Fs = Fat.FS (Memory_block)

let run = Memory_block.run
let mib = 1 lsl 20

let ok what = function
  | Ok value -> value
  | Error e -> failwith (Format.asprintf "%s: %a" what Fs.pp_write_error e)

let read_ok what answer = ok what (answer : (_, Fs.error) result :> (_, Fs.write_error) result)
let formatted device size = ok "format" (run (Fs.format device (Int64.of_int size)))
let write fs path at text = run (Fs.write fs path at (Cstruct.of_string text))

let content fs path =
  let size = read_ok "size" (run (Fs.size fs path)) in
  Cstruct.copyv (read_ok "read" (run (Fs.read fs path 0 (Int64.to_int size))))

let listed fs path = List.sort compare (read_ok "listdir" (run (Fs.listdir fs path)))

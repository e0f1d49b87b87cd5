let no_reader _ _ _ =
  if not (Command_line.is_read ()) then
    failwith "Mirage_runtime.with_argv: none of the terms is a key's; call Functoria_runtime's"

let reader = ref no_reader
let set read = reader := read
let read terms name argv = !reader terms name argv

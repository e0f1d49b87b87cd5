module Arg = Mirage_runtime_arg
module Key = Functoria_runtime.Key

type log_threshold = [ `All | `Src of string ] * Logs.level

let set_level = Level_setter.set
let with_argv = Term_reader.read

include Os_hooks

type t = default:Logs.level -> ([ `All | `Src of string ] * Logs.level) list -> unit

let no_setter ~default:_ _ =
  failwith "Mirage_runtime.set_level: call Log_levels.be_linked, so that this program knows levels"

let setter : t ref = ref no_setter
let use set = setter := set
let set ~default levels = !setter ~default levels

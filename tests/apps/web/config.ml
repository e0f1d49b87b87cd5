open Mirage

let stack = generic_stackv4 default_network
let data = generic_kv_ro "htdocs"
let conduit_ = conduit_direct stack
let server = cohttp_server conduit_
let main = foreign "Unikernel.Main" (kv_ro @-> http @-> job)
let () = register "web" [ main $ data $ server ]

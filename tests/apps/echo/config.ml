open Mirage

let port =
  let about = Key.Arg.info ~doc:"The TCP port to listen on." [ "p"; "port" ] in
  Key.(create "port" Arg.(opt int 8080 about))

let stack = generic_stackv4 default_network
let main = foreign ~keys:[ Key.abstract port ] "Unikernel.Main" (stackv4 @-> job)
let () = register "echo" [ main $ stack ]

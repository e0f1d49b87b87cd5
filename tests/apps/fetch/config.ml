open Mirage

let uri =
  let about = Key.Arg.info ~doc:"What to fetch." [ "uri" ] in
  Key.(create "uri" Arg.(required ~stage:`Run string about))

let stack = generic_stackv4 default_network

let main =
  foreign
    ~keys:[ Key.abstract uri ]
    ~packages:[ package "cohttp-mirage" ]
    "Unikernel.Client" (resolver @-> conduit @-> job)

let () = register "fetch" [ main $ resolver_dns stack $ conduit_direct stack ]

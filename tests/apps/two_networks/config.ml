open Mirage

(* Two interfaces need keys of different names, which groups give them. *)
let inside = netif ~group:"inside" "inside"
let outside = netif ~group:"outside" "outside"

let config address =
  { network = Ipaddr.V4.Prefix.of_string_exn address; gateway = None }

let inner = static_ipv4_stack ~group:"inside" ~config:(config "10.1.0.2/24") inside
let outer = static_ipv4_stack ~group:"outside" ~config:(config "10.2.0.2/24") outside
let main = foreign "Unikernel.Main" (network @-> stackv4 @-> network @-> stackv4 @-> job)
let () = register "two_networks" [ main $ inside $ inner $ outside $ outer ]

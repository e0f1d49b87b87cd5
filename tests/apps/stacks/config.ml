open Mirage

(* A stack put together by hand, another by DHCP, each on a network of its own. *)
let left = netif ~group:"left" "left"
let left_ethernet = etif left
let left_arp = arp ~time:default_time left_ethernet

let left_ip =
  create_ipv4 ~group:"left" ~random:default_random ~clock:default_monotonic_clock
    ~config:{ network = Ipaddr.V4.Prefix.of_string_exn "10.4.0.2/24"; gateway = None }
    left_ethernet left_arp

let by_hand = direct_stackv4 ~group:"left" left left_ethernet left_arp left_ip
let right = netif ~group:"right" "right"
let by_dhcp = dhcp_ipv4_stack ~group:"right" ~arp:(fun ethernet -> arp ethernet) right
let main = foreign "Unikernel.Main" (stackv4 @-> stackv4 @-> job)
let () = register "stacks" ~argv:default_argv [ main $ by_hand $ by_dhcp ]

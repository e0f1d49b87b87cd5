open Functoria
open Mirage_impl_misc

type network = NETWORK

let network = Type NETWORK

(* The name that the key has when configuring is the device's; at boot the key may name another
   of the image's devices. *)
let netif ?group default =
  let key = Mirage_key.interface ?group default in
  let configure info =
    let name = Functoria_key.get (Info.context info) key in
    Ok (Functoria_answer.add_device Net name)
  in
  let name = Functoria_app.Name.create (Functoria_key.(name (abstract key)) ^ default) ~prefix:"net" in
  device name network ~module_name:"Netif"
    ~keys:[ Functoria_key.abstract key ]
    ~packages:[ package "mirage-net-unikernel" ]
    ~configure
    ~connect:(fun _ modname _ -> Fmt.str "%s.connect %s" modname (key_call key))

let default_network =
  if_impl Mirage_key.is_unix (netif "tap0")
    (if_impl Mirage_key.is_xen (netif "0") (netif "service"))

type ethernet = ETHERNET

let ethernet = Type ETHERNET

let ethernet_device =
  device "ethernet" (network @-> ethernet) ~module_name:"Ethernet.Make"
    ~packages:[ package "ethernet" ]
    ~connect:(fun _ modname -> function
        | [ net ] -> Fmt.str "%s.connect %s" modname net
        | arguments -> arity "ethernet" arguments)

let etif network = ethernet_device $ network

type arpv4 = ARPV4

let arpv4 = Type ARPV4

let arp_device =
  device "arp"
    (ethernet @-> Mirage_impl_time.time @-> arpv4)
    ~module_name:"Arp.Make"
    ~packages:[ package "arp-mirage" ]
    ~connect:(fun _ modname -> function
        | [ ethernet; _time ] -> Fmt.str "%s.connect %s" modname ethernet
        | arguments -> arity "arp" arguments)

let arp ?(time = Mirage_impl_time.default_time) ethernet = arp_device $ ethernet $ time

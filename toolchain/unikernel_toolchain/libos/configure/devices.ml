type value = Unit | Connected of string

type t = {
  name : string;
  interfaces : string list;
  value_type : string option;
  implementation : string;
  parameters : string list;
  arguments : string list;
  keys : string option;
  value : value;
}

let stateless name implementation interfaces =
  {
    name;
    interfaces;
    value_type = None;
    implementation;
    parameters = [];
    arguments = [];
    keys = None;
    value = Unit;
  }

let connected ?(interfaces = []) ?value_type ?(parameters = []) ?(arguments = []) ?keys
    ?(connect = "$module.connect $arguments") name implementation =
  let value = Connected connect in
  { name; interfaces; value_type; implementation; parameters; arguments; keys; value }

let basic =
  [
    stateless "time" "OS.Time" [ "Mirage_time.S"; "Mirage_time_lwt.S" ];
    stateless "pclock" "Pclock" [ "Mirage_clock.PCLOCK"; "Mirage_clock_lwt.PCLOCK" ];
    stateless "mclock" "Mclock" [ "Mirage_clock.MCLOCK"; "Mirage_clock_lwt.MCLOCK" ];
    stateless "random" "Random_unikernel" [ "Mirage_random.S"; "Mirage_random.C" ];
    connected "console" "Console_unikernel"
      ~interfaces:[ "Mirage_console.S"; "Mirage_console_lwt.S" ]
      ~value_type:"Console_unikernel.t" ~connect:{|$module.connect "console"|};
  ]

let link =
  [
    connected "netif" "Netif"
      ~interfaces:[ "Mirage_net.S"; "Mirage_net_lwt.S" ]
      ~value_type:"Netif.t" ~keys:"Interface_key"
      ~connect:"$module.connect (Interface_key.name $keys)";
    connected "ethernet" "Ethernet.Make"
      ~interfaces:[ "Mirage_protocols.ETHERNET"; "Mirage_protocols_lwt.ETHERNET" ]
      ~parameters:[ "netif" ] ~arguments:[ "netif" ];
    connected "arp" "Arp.Make"
      ~interfaces:[ "Mirage_protocols.ARP"; "Mirage_protocols_lwt.ARP" ]
      ~parameters:[ "ethernet"; "time" ] ~arguments:[ "ethernet" ];
  ]

let ipv4 =
  [
    connected "ip4" "Network_ipv4.Make"
      ~interfaces:[ "Mirage_protocols.IPV4"; "Mirage_protocols_lwt.IPV4" ]
      ~parameters:[ "random"; "time"; "netif"; "mclock"; "ethernet"; "arp" ]
      ~arguments:[ "netif"; "ethernet"; "arp" ]
      ~keys:"Ipv4_keys" ~connect:"$module.connect $keys $arguments";
    connected "icmp4" "Icmpv4.Make"
      ~interfaces:[ "Mirage_protocols.ICMPV4"; "Mirage_protocols_lwt.ICMPV4" ]
      ~parameters:[ "ip4" ] ~arguments:[ "ip4" ];
    connected "udp4" "Udp.Make"
      ~interfaces:[ "Mirage_protocols.UDPV4"; "Mirage_protocols_lwt.UDPV4" ]
      ~parameters:[ "ip4"; "random" ] ~arguments:[ "ip4" ];
    connected "tcp4" "Tcp.Flow.Make"
      ~interfaces:[ "Mirage_protocols.TCPV4"; "Mirage_protocols_lwt.TCPV4" ]
      ~parameters:[ "ip4"; "time"; "mclock"; "random" ]
      ~arguments:[ "ip4" ];
    connected "stack4" "Stack_direct_v4.Make"
      ~interfaces:[ "Mirage_stack.V4"; "Mirage_stack_lwt.V4" ]
      ~parameters:
        [
          "time"; "random"; "netif"; "ethernet"; "arp"; "ip4"; "icmp4"; "udp4"; "tcp4";
        ]
      ~arguments:[ "netif"; "ethernet"; "arp"; "ip4"; "icmp4"; "udp4"; "tcp4" ];
    connected "stack" "Stack" ~value_type:"Stack.t" ~arguments:[ "netif" ]
      ~keys:"Ipv4_keys" ~connect:"$module.connect $keys $arguments";
  ]

let ipv6 =
  [
    connected "ip6" "Ipv6.Make"
      ~interfaces:[ "Mirage_protocols.IPV6"; "Mirage_protocols_lwt.IPV6" ]
      ~parameters:[ "ethernet"; "random"; "time"; "mclock" ]
      ~arguments:[ "ethernet" ] ~keys:"Ipv6_keys"
      ~connect:
        "$module.connect ~ip:(Ipv6_keys.ips $keys) ~netmask:(Ipv6_keys.netmasks $keys) \
         ~gateways:(Ipv6_keys.gateways $keys) $arguments";
    connected "udp6" "Udp.Make"
      ~interfaces:[ "Mirage_protocols.UDPV6"; "Mirage_protocols_lwt.UDPV6" ]
      ~parameters:[ "ip6"; "random" ] ~arguments:[ "ip6" ];
    connected "tcp6" "Tcp.Flow.Make"
      ~interfaces:[ "Mirage_protocols.TCPV6"; "Mirage_protocols_lwt.TCPV6" ]
      ~parameters:[ "ip6"; "time"; "mclock"; "random" ]
      ~arguments:[ "ip6" ];
    connected "stack6" "Stack_direct_v6.Make"
      ~interfaces:[ "Mirage_stack.V6"; "Mirage_stack_lwt.V6" ]
      ~parameters:[ "time"; "random"; "netif"; "ethernet"; "ip6"; "udp6"; "tcp6" ]
      ~arguments:[ "netif"; "ethernet"; "ip6"; "udp6"; "tcp6" ];
  ]

let both_families =
  [
    connected "ip46" "Network_ip.Make"
      ~parameters:[ "random"; "time"; "netif"; "mclock"; "ethernet"; "arp" ]
      ~arguments:[ "netif"; "ethernet"; "arp" ]
      ~keys:"Ip_keys" ~connect:"$module.connect $keys $arguments";
    connected "icmp46" "Network_icmpv4.Make" ~parameters:[ "ip46" ] ~arguments:[ "ip46" ];
    connected "udp46" "Udp.Make" ~parameters:[ "ip46"; "random" ] ~arguments:[ "ip46" ];
    connected "tcp46" "Tcp.Flow.Make"
      ~parameters:[ "ip46"; "time"; "mclock"; "random" ]
      ~arguments:[ "ip46" ]
      ~connect:"$module.connect_over ~mtu:(Ip46.mtu_to $arguments) $arguments";
    connected "stack46" "Stack_direct_v4v6.Make"
      ~interfaces:[ "Mirage_stack.V4V6"; "Mirage_stack_lwt.V4V6" ]
      ~parameters:
        [
          "time"; "random"; "netif"; "ethernet"; "arp"; "ip46"; "icmp46"; "udp46"; "tcp46";
        ]
      ~arguments:[ "netif"; "ethernet"; "arp"; "ip46"; "icmp46"; "udp46"; "tcp46" ];
    connected "stack_v4v6" "Stack_v4v6" ~value_type:"Stack_v4v6.t" ~arguments:[ "netif" ]
      ~keys:"Ip_keys" ~connect:"$module.connect $keys $arguments";
  ]

let http =
  [
    connected "conduit_tcp" "Conduit_mirage.With_tcp" ~parameters:[ "stack4" ]
      ~arguments:[ "stack4" ] ~connect:"$module.connect $arguments Conduit_mirage.empty";
    connected "conduit" "Conduit_mirage" ~interfaces:[ "Conduit_mirage.S" ]
      ~arguments:[ "conduit_tcp" ] ~connect:"Lwt.return $arguments";
    connected "resolver" "Resolver_mirage.Make_with_stack" ~interfaces:[ "Resolver_lwt.S" ]
      ~parameters:[ "random"; "time"; "mclock"; "stack4" ]
      ~arguments:[ "stack4" ] ~keys:"Resolver_keys"
      ~connect:
        "Lwt.return ($module.R.init ?ns:(Resolver_keys.address $keys) \
         ~ns_port:(Resolver_keys.port $keys) ~stack:$arguments ())";
    connected "http" "Cohttp_mirage.Server_with_conduit"
      ~interfaces:[ "Cohttp_lwt.S.Server"; "Cohttp_mirage.S" ]
      ~arguments:[ "conduit" ];
  ]

(* The same over the stack of both families. *)
let http_v4v6 =
  [
    connected "conduit_tcp46" "Conduit_mirage_v4v6.With_tcp"
      ~parameters:[ "time"; "mclock"; "stack46" ]
      ~arguments:[ "stack46" ] ~connect:"$module.connect $arguments Conduit_mirage.empty";
    connected "conduit46" "Conduit_mirage" ~arguments:[ "conduit_tcp46" ]
      ~connect:"Lwt.return $arguments";
    connected "resolver46" "Resolver_mirage_v4v6.Make_with_stack"
      ~parameters:[ "random"; "time"; "mclock"; "stack46" ]
      ~arguments:[ "stack46" ] ~keys:"Resolver_keys_v4v6"
      ~connect:
        "Lwt.return ($module.R.init ?ns:(Resolver_keys.address $keys) \
         ~ns_port:(Resolver_keys.port $keys) ~stack:$arguments ())";
    connected "http46" "Cohttp_mirage.Server_with_conduit" ~arguments:[ "conduit46" ];
  ]

let table = basic @ link @ ipv4 @ ipv6 @ both_families @ http @ http_v4v6
let behind interface = List.find_opt (fun t -> List.mem interface t.interfaces) table
let of_type typ = List.find_opt (fun t -> t.value_type = Some typ) table
let named name = List.find (fun t -> t.name = name) table

let rec needs_network t =
  t.name = "netif" || List.exists (fun name -> needs_network (named name)) t.arguments

(* Each asks for all of a network's IP packets of its family, or families. *)
let takers =
  [
    ("ip4", [ "ip46"; "stack_v4v6" ]);
    ("ip6", [ "ip46"; "stack_v4v6" ]);
    ("stack4", [ "stack6" ]);
    ("stack", [ "stack_v4v6" ]);
  ]

let exclude a b =
  let rivals t = Option.value (List.assoc_opt t.name takers) ~default:[] in
  List.mem b.name (rivals a) || List.mem a.name (rivals b)

let over_both = [ ("conduit", "conduit46"); ("resolver", "resolver46"); ("http", "http46") ]

let on_one_stack devices =
  let replaced t =
    match List.assoc_opt t.name over_both with None -> t | Some name -> named name
  in
  if List.exists (fun t -> t.name = "stack46") devices then List.map replaced devices
  else devices

let interfaces = List.concat_map (fun t -> t.interfaces) table
let value_types = List.filter_map (fun t -> t.value_type) table

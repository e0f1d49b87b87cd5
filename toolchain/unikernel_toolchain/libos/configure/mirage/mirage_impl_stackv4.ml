open Functoria
open Mirage_impl_misc
open Mirage_impl_time
open Mirage_impl_network
open Mirage_impl_ip
open Mirage_impl_transport

type stackv4 = STACKV4

let stackv4 = Type STACKV4

(* {1 Direct} *)

let direct_device ?(group = "") () =
  let connect _ modname = function
    | _time :: _random :: parts -> Fmt.str "%s.connect %s" modname (String.concat " " parts)
    | arguments -> arity "stackv4" arguments
  in
  let typ =
    time @-> random @-> network @-> ethernet @-> arpv4 @-> ipv4 @-> icmpv4 @-> udpv4 @-> tcpv4
    @-> stackv4
  in
  device
    (Functoria_app.Name.create ("stackv4" ^ group) ~prefix:"stackv4_")
    typ ~module_name:"Tcpip_stack_direct.Make"
    ~packages:[ package "tcpip" ~sublibs:[ "stack-direct" ] ]
    ~connect

let direct_stackv4 ?(clock = default_monotonic_clock) ?(random = default_random)
    ?(time = default_time) ?group network ethernet arp ip =
  direct_device ?group () $ time $ random $ network $ ethernet $ arp $ ip $ direct_icmpv4 ip
  $ direct_udp ~random ip
  $ direct_tcp ~clock ~random ~time ip

let default_arp ethernet = arp ethernet

let static_ipv4_stack ?group ?config ?(arp = default_arp) network =
  let ethernet = etif network in
  let arp = arp ethernet in
  let ip = create_ipv4 ?group ?config ethernet arp in
  direct_stackv4 ?group network ethernet arp ip

let dhcp_ipv4_stack ?group ?(random = default_random) ?(time = default_time)
    ?(arp = default_arp) network =
  let ethernet = etif network in
  let arp = arp ethernet in
  let ip = dhcp_ipv4 ~random ~time ~clock:default_monotonic_clock network ethernet arp in
  direct_stackv4 ?group ~random ~time network ethernet arp ip

let qubes_ipv4_stack ?group:_ ?qubesdb:_ ?arp:_ _network =
  unserved "qubes_ipv4_stack" stackv4
    "qubes_ipv4_stack is for the target qubes, which is none here. generic_stackv4 chooses the \
     stack by the target."

(* {1 Over sockets} *)

let served_by_direct _ =
  Functoria_answer.add_note
    "The stack over sockets is served by the direct stack on a network device: a sandboxed \
     process opens no sockets.";
  Ok ()

let on_direct ?(keys = []) ?(call = "") ?group sublib module_name typ =
  let group = Option.value group ~default:"" in
  let name = Functoria_app.Name.create (sublib ^ group) ~prefix:(sublib ^ "_") in
  device
    (Functoria_app.Name.ocamlify name)
    (stackv4 @-> typ) ~module_name ~keys
    ~packages:[ package "tcpip" ~sublibs:[ sublib ] ]
    ~configure:served_by_direct
    ~connect:(fun _ modname -> function
        | [ stack ] -> Fmt.str "%s.connect %s %s" modname call stack
        | arguments -> arity sublib arguments)

(* The keys of the stack over sockets remain: they restrict who may connect to what. *)
let as_sockets ?group addresses stack =
  let ips = Mirage_key.V4.ips ?group addresses in
  on_direct ?group "stack-socket" "Tcpip_stack_socket.Make" stackv4
    ~keys:[ Functoria_key.abstract ips ]
    ~call:(key_call ips)
  $ stack

let not_here name typ =
  unserved name typ
    (Fmt.str
       "%s is for the target unix: -t unix. Elsewhere a stack is one on a network device, as \
        generic_stackv4 default_network is." name)

let socket_network = static_ipv4_stack default_network

let on_socket_stack make typ name =
  if_impl Mirage_key.is_unix (make socket_network) (not_here name typ)

let socket_stackv4 ?group addresses =
  on_socket_stack (as_sockets ?group addresses) stackv4 "socket_stackv4"

let socket_transport ?group address sublib module_name typ stack =
  let socket = Mirage_key.V4.socket ?group address in
  on_direct ?group sublib module_name typ
    ~keys:[ Functoria_key.abstract socket ]
    ~call:(key_call socket)
  $ stack

let socket_udpv4 ?group address =
  on_socket_stack
    (socket_transport ?group address "udpv4-socket" "Udpv4_socket.Make" udpv4)
    udpv4 "socket_udpv4"

let socket_tcpv4 ?group address =
  on_socket_stack
    (socket_transport ?group address "tcpv4-socket" "Tcpv4_socket.Make" tcpv4)
    tcpv4 "socket_tcpv4"

(* {1 By target and keys} *)

let chosen target net dhcp =
  match (target, net, dhcp) with
  | `Qubes, _, _ -> `Qubes
  | _, Some `Socket, _ -> `Socket
  | _, _, true -> `Dhcp
  | (`Unix | `MacOSX), None, false -> `Socket
  | _, _, false -> `Static

let generic_stackv4 ?group ?config ?(dhcp_key = Mirage_key.value (Mirage_key.dhcp ?group ()))
    ?(net_key = Mirage_key.value (Mirage_key.net ?group ())) network =
  let static = static_ipv4_stack ?group ?config network in
  let over_sockets =
    if_impl Mirage_key.is_unix
      (as_sockets ?group [ Ipaddr.V4.any ] static)
      (not_here "the network stack over sockets (--net socket)" stackv4)
  in
  match_impl
    Functoria_key.(pure chosen $ value Mirage_key.target $ net_key $ dhcp_key)
    [
      (`Qubes, qubes_ipv4_stack ?group network);
      (`Socket, over_sockets);
      (`Dhcp, dhcp_ipv4_stack ?group network);
    ]
    ~default:static

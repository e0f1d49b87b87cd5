open Functoria
open Mirage_impl_misc
open Mirage_impl_time
open Mirage_impl_network

type v4
type v6
type 'a ip = IP
type ipv4 = v4 ip
type ipv6 = v6 ip

let ip = Type IP
let ipv4 : ipv4 typ = ip
let ipv6 : ipv6 typ = ip

type ipv4_config = { network : Ipaddr.V4.Prefix.t; gateway : Ipaddr.V4.t option }

type ipv6_config = {
  addresses : Ipaddr.V6.t list;
  netmasks : Ipaddr.V6.Prefix.t list;
  gateways : Ipaddr.V6.t list;
}

let address_keys = package "unikernel-keys" ~sublibs:[ "addresses"; "network" ]

(* {1 A static IPv4 address} *)

let default_config =
  {
    network = Ipaddr.V4.Prefix.of_string_exn "10.0.0.2/24";
    gateway = Some (Ipaddr.V4.of_string_exn "10.0.0.1");
  }

(* What a key has, and whether somebody chose it: when configuring, or at boot, which the guest
   looks up by the key's name. *)
let choice info key =
  Fmt.str "~%s:(Configured_ipv4.choice ~configured:%b %S %s)"
    (if Astring.String.is_suffix ~affix:"gateway" Functoria_key.(name (abstract key)) then
       "gateway"
     else "address")
    (is_configured info key)
    Functoria_key.(name (abstract key))
    (key_call key)

(* Only networks of the platform's are ones that the host tells of. *)
let static_connect ~on ~address ~gateway info modname = function
  | [ _random; _clock; ethernet; arp ] -> (
      match interface_of info on with
      | None ->
          Fmt.str "%s.connect ~cidr:%s ?gateway:%s %s %s" modname (key_call address)
            (key_call gateway) ethernet arp
      | Some interface ->
          lines
            [
              "let cidr, gateway =";
              Fmt.str "  Configured_ipv4.v ~network:%a" Functoria_key.serialize_call interface;
              Fmt.str "    %s" (choice info address);
              Fmt.str "    %s" (choice info gateway);
              "in";
              Fmt.str "%s.connect ~cidr ?gateway %s %s" modname ethernet arp;
            ])
  | arguments -> arity "ipv4" arguments

(* Who forwards ports to the address has to know it before the guest does. *)
let static_configure ~on ~address ~gateway info =
  let key_of key =
    let configured = is_configured info key and key = Functoria_key.abstract key in
    {
      Functoria_answer.option = Functoria_key.name key;
      configured = (if configured then printed info key else "");
    }
  in
  let add interface =
    Functoria_answer.add_address
      { network = printed info interface; address = key_of address; gateway = key_of gateway }
  in
  Option.iter add (interface_of info on);
  Ok ()

let create_ipv4 ?group ?(config = default_config) ?(random = default_random)
    ?(clock = default_monotonic_clock) ethernet arp =
  let address = Mirage_key.V4.network ?group config.network in
  let gateway = Mirage_key.V4.gateway ?group config.gateway in
  let typ =
    Mirage_impl_time.random @-> mclock @-> Mirage_impl_network.ethernet @-> arpv4 @-> ipv4
  in
  let name = Functoria_app.Name.create Functoria_key.(name (abstract address)) ~prefix:"ipv4_" in
  device name typ ~module_name:"Static_ipv4.Make"
    ~keys:Functoria_key.[ abstract address; abstract gateway ]
    ~packages:[ package "tcpip" ~sublibs:[ "ipv4" ]; address_keys ]
    ~configure:(static_configure ~on:ethernet ~address ~gateway)
    ~connect:(static_connect ~on:ethernet ~address ~gateway)
  $ random $ clock $ ethernet $ arp

(* {1 By DHCP} *)

type dhcp = DHCP

let dhcp = Type DHCP
let charrua = [ package "charrua-client-mirage" ]

let dhcp_client =
  device "dhcp_client"
    (random @-> time @-> network @-> dhcp)
    ~module_name:"Dhcp_client_mirage.Make" ~packages:charrua
    ~connect:(fun _ modname -> function
        | [ _random; _time; net ] -> Fmt.str "%s.connect %s" modname net
        | arguments -> arity "dhcp_client" arguments)

let leased =
  device "ipv4_dhcp"
    (dhcp @-> random @-> mclock @-> ethernet @-> arpv4 @-> ipv4)
    ~module_name:"Dhcp_ipv4.Make" ~packages:charrua
    ~connect:(fun _ modname -> function
        | [ dhcp; _random; _clock; ethernet; arp ] ->
            Fmt.str "%s.connect %s %s %s" modname dhcp ethernet arp
        | arguments -> arity "ipv4_dhcp" arguments)

let dhcp_ipv4 ~random ~time ~clock network ethernet arp =
  leased $ (dhcp_client $ random $ time $ network) $ random $ clock $ ethernet $ arp

(* {1 IPv6} *)

let create_ipv6 ?(random = default_random) ?(time = default_time)
    ?(clock = default_monotonic_clock) ?group ethernet { addresses; netmasks; gateways } =
  let ips = Mirage_key.V6.ips ?group addresses in
  let netmasks = Mirage_key.V6.netmasks ?group netmasks in
  let gateways = Mirage_key.V6.gateways ?group gateways in
  let connect _ modname = function
    | [ ethernet; _random; _time; _clock ] ->
        Fmt.str "%s.connect ~ip:%s ~netmask:%s ~gateways:%s %s" modname (key_call ips)
          (key_call netmasks) (key_call gateways) ethernet
    | arguments -> arity "ipv6" arguments
  in
  let typ =
    Mirage_impl_network.ethernet @-> Mirage_impl_time.random @-> Mirage_impl_time.time @-> mclock
    @-> ipv6
  in
  let name = Functoria_app.Name.create Functoria_key.(name (abstract ips)) ~prefix:"ipv6_" in
  device name typ ~module_name:"Ipv6.Make" ~connect
    ~keys:Functoria_key.[ abstract ips; abstract netmasks; abstract gateways ]
    ~packages:[ package "tcpip" ~sublibs:[ "ipv6" ]; address_keys ]
  $ ethernet $ random $ time $ clock

(* {1 Qubes} *)

type qubesdb = QUBESDB

let qubesdb = Type QUBESDB

let of_qubes what =
  Fmt.str "%s is for the target qubes, which is none here; there are unix, virtio and xen." what

let default_qubesdb = unserved "qubesdb" qubesdb (of_qubes "default_qubesdb")

let ipv4_qubes ?random:_ ?clock:_ _qubesdb _ethernet _arp =
  unserved "ipv4_qubes" ipv4 (of_qubes "ipv4_qubes")

open Functoria
open Mirage_impl_misc
open Mirage_impl_time
open Mirage_impl_stackv4

(* {1 Names} *)

type resolver = Resolver

let resolver = Type Resolver

let resolver_device ns ns_port =
  let ns = Mirage_key.resolver ?default:ns () in
  let ns_port = Mirage_key.resolver_port ?default:ns_port () in
  let connect info modname = function
    | [ _random; _time; _mclock; stack ] ->
        lines
          [
            Fmt.str "let choice = Configured_ipv4.choice ~configured:%b %S %s in"
              (is_configured info ns)
              Functoria_key.(name (abstract ns))
              (key_call ns);
            "let ns = Configured_resolver.v choice in";
            Fmt.str "return (%s.R.init ?ns ~ns_port:%s ~stack:%s ())" modname (key_call ns_port)
              stack;
          ]
    | arguments -> arity "resolver" arguments
  in
  device "resolver"
    (random @-> time @-> mclock @-> stackv4 @-> resolver)
    ~module_name:"Resolver_mirage.Make_with_stack"
    ~keys:Functoria_key.[ abstract ns; abstract ns_port ]
    ~packages:
      [ package "conduit-mirage"; package "unikernel-keys" ~sublibs:[ "addresses"; "network" ] ]
    ~connect

let resolver_dns ?ns ?ns_port ?(random = default_random) ?(time = default_time)
    ?(mclock = default_monotonic_clock) stack =
  resolver_device ns ns_port $ random $ time $ mclock $ stack

let resolver_unix_system =
  on_socket_stack (fun stack -> resolver_dns stack) resolver "resolver_unix_system"

(* {1 Connections} *)

type conduit = Conduit

let conduit = Type Conduit

type connector = Connector

let connector = Type Connector

(* With what 3.9's stands on besides, which applications name, too. *)
let conduit_packages = List.map package [ "conduit-mirage"; "astring"; "rresult"; "sexplib" ]

(* A connector is a function: it puts its transport into a conduit. *)
let tcp_connector =
  device "conduit_tcp" (stackv4 @-> connector) ~module_name:"Conduit_mirage.With_tcp"
    ~packages:conduit_packages
    ~connect:(fun _ modname -> function
        | [ stack ] -> Fmt.str "return (%s.connect %s)" modname stack
        | arguments -> arity "conduit_tcp" arguments)

let conduit_device connector =
  device "conduit" conduit ~module_name:"Conduit_mirage" ~packages:conduit_packages
    ~deps:[ abstract connector ]
    ~connect:(fun _ modname -> function
        | [ connector ] -> Fmt.str "%s %s.empty" connector modname
        | arguments -> arity "conduit" arguments)

let conduit_direct ?(tls = false) stack =
  if tls then
    unserved "conduit_tls" conduit
      "conduit_direct ~tls:true: TLS is not served yet, it comes later. Without ~tls:true, \
       connections are over TCP."
  else conduit_device (tcp_connector $ stack)

(* {1 HTTP} *)

type http = HTTP

let http = Type HTTP

let cohttp_server conduit =
  device "http" http ~module_name:"Cohttp_mirage.Server_with_conduit"
    ~packages:[ package "cohttp-mirage" ]
    ~deps:[ abstract conduit ]
    ~connect:(fun _ modname -> function
        | [ conduit ] -> Fmt.str "%s.connect %s" modname conduit
        | arguments -> arity "http" arguments)

let httpaf_server _conduit =
  unserved "httpaf_server" http
    "httpaf_server: the library httpaf is not in the distribution. cohttp_server is an HTTP \
     server with another interface."

open Functoria
open Mirage_impl_misc
open Mirage_impl_time
open Mirage_impl_console
open Mirage_impl_stackv4

(* {1 On the console} *)

type reporter = job

let reporter = job

let level_constructor = function
  | Logs.App -> "Logs.App"
  | Logs.Error -> "Logs.Error"
  | Logs.Warning -> "Logs.Warning"
  | Logs.Info -> "Logs.Info"
  | Logs.Debug -> "Logs.Debug"

let reporter_device ring_size level =
  let ring = Option.fold ring_size ~none:"" ~some:(Fmt.str "~ring_size:%d ") in
  let name =
    Functoria_app.Name.create ("reporter" ^ ring ^ level_constructor level) ~prefix:"reporter"
  in
  let connect _ modname _ =
    lines
      [
        Fmt.str "let reporter = %s.create %s() in" modname ring;
        Fmt.str "Mirage_runtime.set_level ~default:%s %s;" (level_constructor level)
          (key_call Mirage_key.logs);
        Fmt.str "%s.set_reporter reporter;" modname;
        "return reporter";
      ]
  in
  device name (pclock @-> reporter) ~module_name:"Mirage_logs.Make"
    ~keys:[ Functoria_key.abstract Mirage_key.logs ]
    ~packages:
      [
        package "logs";
        package "mirage-logs";
        package "mirage-runtime";
        package "unikernel-keys" ~sublibs:[ "logs" ];
      ]
    ~connect

let default_reporter ?(clock = default_posix_clock) ?ring_size ?(level = Logs.Info) () =
  reporter_device ring_size level $ clock

let no_reporter = device "no_reporter" reporter

(* {1 Traces} *)

type tracing = job

let tracing = job

let mprof_trace ~size () =
  let key = Mirage_key.tracing_size size in
  device "mprof_trace" tracing
    ~keys:[ Functoria_key.abstract key ]
    ~configure:(fun _ ->
        Error
          (`Msg
             "mprof_trace: Lwt is not compiled with tracing, so there are no traces. Leave out \
              ~tracing; how a unikernel boots is measured without."))

(* {1 To a syslog server} *)

type syslog_config = {
  hostname : string;
  server : Ipaddr.V4.t option;
  port : int option;
  truncate : int option;
}

let syslog_config ?port ?truncate ?server hostname = { hostname; server; port; truncate }
let default_config = syslog_config "no_name"

type syslog = SYSLOG

let syslog = Type SYSLOG

type keys = {
  server : Ipaddr.V4.t option Functoria_key.key;
  port : int option Functoria_key.key;
  hostname : string Functoria_key.key;
}

let keys_of (config : syslog_config) =
  {
    server = Mirage_key.syslog config.server;
    port = Mirage_key.syslog_port config.port;
    hostname = Mirage_key.syslog_hostname config.hostname;
  }

(* Creating a reporter over TCP connects, and may fail; over UDP it is a value. *)
let udp_created call = [ Fmt.str "  Logs.set_reporter (%s);" call; "  return ()" ]

let tcp_created call =
  [
    Fmt.str "  %s >>= function" call;
    "  | Ok reporter -> return (Logs.set_reporter reporter)";
    "  | Error message -> Lwt.fail_with message";
  ]

let syslog_connect { server; port; hostname } truncate created _ modname = function
  | [ console; _clock; stack ] ->
      let truncate = Option.fold truncate ~none:"" ~some:(Fmt.str "~truncate:%d ") in
      let call =
        Fmt.str "%s.create %s %s ~hostname:%s ?port:%s server %s()" modname console stack
          (key_call hostname) (key_call port) truncate
      in
      lines
        (Fmt.str "match %s with" (key_call server)
         :: "| None -> return ()" :: "| Some server ->" :: created call)
  | arguments -> arity "syslog" arguments

let syslog_device name module_name created (config : syslog_config) =
  let keys = keys_of config in
  device name
    (console @-> pclock @-> stackv4 @-> syslog)
    ~module_name
    ~keys:Functoria_key.[ abstract keys.server; abstract keys.port; abstract keys.hostname ]
    ~packages:
      [
        package "logs-syslog" ~sublibs:[ "mirage" ];
        package "unikernel-keys" ~sublibs:[ "addresses" ];
      ]
    ~connect:(syslog_connect keys config.truncate created)

let syslog_udp ?(config = default_config) ?(console = default_console)
    ?(clock = default_posix_clock) stack =
  syslog_device "syslog_udp" "Logs_syslog_mirage.Udp" udp_created config $ console $ clock $ stack

let syslog_tcp ?(config = default_config) ?(console = default_console)
    ?(clock = default_posix_clock) stack =
  syslog_device "syslog_tcp" "Logs_syslog_mirage.Tcp" tcp_created config $ console $ clock $ stack

let syslog_tls ?config:_ ?keyname:_ ?console:_ ?clock:_ _stack _kv_ro =
  unserved "syslog_tls" syslog
    "syslog_tls: TLS is not served yet, it comes later. syslog_tcp and syslog_udp send without."

(** What MirageOS 3.9's config.ml opens: devices, and the application that is registered. How a
    device is made, and what it is on our targets, is said in [Mirage_impl_…]. *)

module Key : module type of struct
  include Mirage_key
end

include Functoria_app.DSL

(** {1 Time, randomness, the console} *)

type time = Mirage_impl_time.time

val time : time typ
val default_time : time impl

type pclock = Mirage_impl_time.pclock

val pclock : pclock typ
val default_posix_clock : pclock impl

type mclock = Mirage_impl_time.mclock

val mclock : mclock typ
val default_monotonic_clock : mclock impl

type random = Mirage_impl_time.random

val random : random typ
val stdlib_random : random impl [@@ocaml.deprecated "It is default_random."]
val nocrypto_random : random impl [@@ocaml.deprecated "It is default_random."]
val default_random : random impl

type console = Mirage_impl_console.console

val console : console typ
val default_console : console impl
val custom_console : string -> console impl

(** {1 Messages} *)

type tracing = Mirage_impl_reporter.tracing

val tracing : tracing typ
val mprof_trace : size:int -> unit -> tracing impl

type reporter = Mirage_impl_reporter.reporter

val reporter : reporter typ

val default_reporter :
  ?clock:pclock impl -> ?ring_size:int -> ?level:Logs.level -> unit -> reporter impl

val no_reporter : reporter impl

(** {1 Storage} *)

type block = Mirage_impl_block.block

val block : block typ
val block_of_file : string -> block impl
val block_of_xenstore_id : string -> block impl
val ramdisk : string -> block impl

val generic_block :
  ?group:string -> ?key:[ `XenstoreId | `BlockFile | `Ramdisk ] value -> string -> block impl

type kv_ro = Mirage_impl_kv.kv_ro

val kv_ro : kv_ro typ
val crunch : string -> kv_ro impl
val archive : block impl -> kv_ro impl
val archive_of_files : ?dir:string -> unit -> kv_ro impl
val direct_kv_ro : string -> kv_ro impl

val generic_kv_ro :
  ?group:string -> ?key:[ `Archive | `Crunch | `Direct | `Fat ] value -> string -> kv_ro impl

type kv_rw = Mirage_impl_kv.kv_rw

val kv_rw : kv_rw typ
val direct_kv_rw : string -> kv_rw impl
val kv_rw_mem : ?clock:pclock impl -> unit -> kv_rw impl

type fs = Mirage_impl_kv.fs

val fs : fs typ
val fat : block impl -> fs impl
val fat_of_files : ?dir:string -> ?regexp:string -> unit -> fs impl
val kv_ro_of_fs : fs impl -> kv_ro impl

(** {1 Networks} *)

type network = Mirage_impl_network.network

val network : network typ
val default_network : network impl
val netif : ?group:string -> string -> network impl

type ethernet = Mirage_impl_network.ethernet

val ethernet : ethernet typ
val etif : network impl -> ethernet impl

type arpv4 = Mirage_impl_network.arpv4

val arpv4 : arpv4 typ
val arp : ?time:time impl -> ethernet impl -> arpv4 impl

type v4 = Mirage_impl_ip.v4
type v6 = Mirage_impl_ip.v6
type 'a ip = 'a Mirage_impl_ip.ip
type ipv4 = v4 ip
type ipv6 = v6 ip

val ipv4 : ipv4 typ
val ipv6 : ipv6 typ

type ipv4_config = Mirage_impl_ip.ipv4_config = {
  network : Ipaddr.V4.Prefix.t;
  gateway : Ipaddr.V4.t option;
}

type ipv6_config = Mirage_impl_ip.ipv6_config = {
  addresses : Ipaddr.V6.t list;
  netmasks : Ipaddr.V6.Prefix.t list;
  gateways : Ipaddr.V6.t list;
}

val create_ipv4 :
  ?group:string ->
  ?config:ipv4_config ->
  ?random:random impl ->
  ?clock:mclock impl ->
  ethernet impl ->
  arpv4 impl ->
  ipv4 impl

type qubesdb = Mirage_impl_ip.qubesdb

val qubesdb : qubesdb typ
val default_qubesdb : qubesdb impl

val ipv4_qubes :
  ?random:random impl ->
  ?clock:mclock impl ->
  qubesdb impl ->
  ethernet impl ->
  arpv4 impl ->
  ipv4 impl

val create_ipv6 :
  ?random:random impl ->
  ?time:time impl ->
  ?clock:mclock impl ->
  ?group:string ->
  ethernet impl ->
  ipv6_config ->
  ipv6 impl

type 'a udp = 'a Mirage_impl_transport.udp
type udpv4 = v4 udp
type udpv6 = v6 udp

val udp : 'a udp typ
val udpv4 : udpv4 typ
val udpv6 : udpv6 typ
val direct_udp : ?random:random impl -> 'a ip impl -> 'a udp impl
val socket_udpv4 : ?group:string -> Ipaddr.V4.t option -> udpv4 impl

type 'a tcp = 'a Mirage_impl_transport.tcp
type tcpv4 = v4 tcp
type tcpv6 = v6 tcp

val tcp : 'a tcp typ
val tcpv4 : tcpv4 typ
val tcpv6 : tcpv6 typ

val direct_tcp :
  ?clock:mclock impl -> ?random:random impl -> ?time:time impl -> 'a ip impl -> 'a tcp impl

val socket_tcpv4 : ?group:string -> Ipaddr.V4.t option -> tcpv4 impl

type stackv4 = Mirage_impl_stackv4.stackv4

val stackv4 : stackv4 typ

val direct_stackv4 :
  ?clock:mclock impl ->
  ?random:random impl ->
  ?time:time impl ->
  ?group:string ->
  network impl ->
  ethernet impl ->
  arpv4 impl ->
  ipv4 impl ->
  stackv4 impl

val socket_stackv4 : ?group:string -> Ipaddr.V4.t list -> stackv4 impl

val qubes_ipv4_stack :
  ?group:string ->
  ?qubesdb:qubesdb impl ->
  ?arp:(ethernet impl -> arpv4 impl) ->
  network impl ->
  stackv4 impl

val dhcp_ipv4_stack :
  ?group:string ->
  ?random:random impl ->
  ?time:time impl ->
  ?arp:(ethernet impl -> arpv4 impl) ->
  network impl ->
  stackv4 impl

val static_ipv4_stack :
  ?group:string ->
  ?config:ipv4_config ->
  ?arp:(ethernet impl -> arpv4 impl) ->
  network impl ->
  stackv4 impl

val generic_stackv4 :
  ?group:string ->
  ?config:ipv4_config ->
  ?dhcp_key:bool value ->
  ?net_key:[ `Direct | `Socket ] option value ->
  network impl ->
  stackv4 impl

(** {1 Services} *)

type resolver = Mirage_impl_services.resolver

val resolver : resolver typ

val resolver_dns :
  ?ns:Ipaddr.V4.t ->
  ?ns_port:int ->
  ?random:random impl ->
  ?time:time impl ->
  ?mclock:mclock impl ->
  stackv4 impl ->
  resolver impl

val resolver_unix_system : resolver impl

type syslog_config = Mirage_impl_reporter.syslog_config = {
  hostname : string;
  server : Ipaddr.V4.t option;
  port : int option;
  truncate : int option;
}

val syslog_config : ?port:int -> ?truncate:int -> ?server:Ipaddr.V4.t -> string -> syslog_config

type syslog = Mirage_impl_reporter.syslog

val syslog : syslog typ

val syslog_udp :
  ?config:syslog_config -> ?console:console impl -> ?clock:pclock impl -> stackv4 impl -> syslog impl

val syslog_tcp :
  ?config:syslog_config -> ?console:console impl -> ?clock:pclock impl -> stackv4 impl -> syslog impl

val syslog_tls :
  ?config:syslog_config ->
  ?keyname:string ->
  ?console:console impl ->
  ?clock:pclock impl ->
  stackv4 impl ->
  kv_ro impl ->
  syslog impl

val nocrypto : job impl [@@ocaml.deprecated "It is noop."]

type conduit = Mirage_impl_services.conduit

val conduit : conduit typ
val conduit_direct : ?tls:bool -> stackv4 impl -> conduit impl

type http = Mirage_impl_services.http

val http : http typ
val http_server : conduit impl -> http impl [@@ocaml.deprecated "It is cohttp_server."]
val cohttp_server : conduit impl -> http impl
val httpaf_server : conduit impl -> http impl

(** {1 The application} *)

val default_argv : Functoria_app.argv impl
val no_argv : Functoria_app.argv impl
val noop : job impl

type info = Functoria_app.info

val info : info typ
val app_info : info impl

val register :
  ?argv:Functoria_app.argv impl ->
  ?tracing:tracing impl ->
  ?reporter:reporter impl ->
  ?keys:Key.t list ->
  ?packages:Functoria.package list ->
  string ->
  job impl list ->
  unit
(** [register name jobs] is the application: the keys are read, OCaml's runtime is set up, the
    reporter starts, then the jobs run side by side. *)

val run : unit -> unit

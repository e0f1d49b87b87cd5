(** Where messages go, and what starts before the jobs. *)

open Functoria
open Mirage_impl_time

type reporter = job

val reporter : reporter typ

val default_reporter :
  ?clock:pclock impl -> ?ring_size:int -> ?level:Logs.level -> unit -> reporter impl

val no_reporter : reporter impl

type tracing = job

val tracing : tracing typ

val mprof_trace : size:int -> unit -> tracing impl
(** An application cannot be configured with it. *)

type syslog_config = {
  hostname : string;
  server : Ipaddr.V4.t option;
  port : int option;
  truncate : int option;
}

val syslog_config :
  ?port:int -> ?truncate:int -> ?server:Ipaddr.V4.t -> string -> syslog_config

type syslog

val syslog : syslog typ

val syslog_udp :
  ?config:syslog_config ->
  ?console:Mirage_impl_console.console impl ->
  ?clock:pclock impl ->
  Mirage_impl_stackv4.stackv4 impl ->
  syslog impl

val syslog_tcp :
  ?config:syslog_config ->
  ?console:Mirage_impl_console.console impl ->
  ?clock:pclock impl ->
  Mirage_impl_stackv4.stackv4 impl ->
  syslog impl

val syslog_tls :
  ?config:syslog_config ->
  ?keyname:string ->
  ?console:Mirage_impl_console.console impl ->
  ?clock:pclock impl ->
  Mirage_impl_stackv4.stackv4 impl ->
  Mirage_impl_kv.kv_ro impl ->
  syslog impl
(** An application cannot be configured with it. *)

(** Names, connections by endpoint, and HTTP. *)

open Functoria
open Mirage_impl_time
open Mirage_impl_stackv4

type resolver

val resolver : resolver typ

val resolver_dns :
  ?ns:Ipaddr.V4.t ->
  ?ns_port:int ->
  ?random:random impl ->
  ?time:time impl ->
  ?mclock:mclock impl ->
  stackv4 impl ->
  resolver impl
(** The server is the first of these: the boot key's, the key's when configuring, those that the
    network tells of, [ns]. *)

val resolver_unix_system : resolver impl
(** {!resolver_dns} on the stack that serves the one over sockets. *)

type conduit

val conduit : conduit typ

val conduit_direct : ?tls:bool -> stackv4 impl -> conduit impl
(** Over TCP; with [tls], an application cannot be configured. *)

type http

val http : http typ
val cohttp_server : conduit impl -> http impl

val httpaf_server : conduit impl -> http impl
(** An application cannot be configured with it: there is no httpaf. *)

(** Two hosts, "a" and "b", and the links between them. *)

type host
type connection = string Tcp_endpoint.connection

type t = {
  events : Tcp_events.t;
  a : host;
  b : host;
}

type offload = {
  tso_max : int;  (** see {!Tcp_endpoint.set_tso_max} *)
  turn_ns : int;  (** segments that arrive within are answered together *)
}

val create :
  ?seed:int ->
  ?config_a:Tcp_config.t ->
  ?config_b:Tcp_config.t ->
  ?offload:offload ->
  ?there:Tcp_link.conditions ->
  ?back:Tcp_link.conditions ->
  unit ->
  t

val stack : host -> string Tcp_endpoint.t
val now : host -> int
val link : host -> Tcp_link.t
(** The one it sends on. *)

val listen : host -> int -> (connection -> unit) -> unit
val connect : t -> host -> port:int -> connection
val wake : host -> unit
(** To be called after touching a connection of the host. *)

val watch : host -> (Tcp_segment.t -> length:int -> unit) -> unit
(** Sees each segment the host sends, before any fault. *)

val run : t -> limit_s:int -> (unit -> bool) -> bool

(** One test as either end sees it: its streams, and what moves their bytes. *)

module Make (_ : Mirage_time.S) (_ : Mirage_clock.MCLOCK) (S : Mirage_stack.V4) : sig
  module Control : module type of Iperf3_control.Make (S.TCPV4)

  type t

  val create : S.t -> Iperf3_protocol.parameters -> server:bool -> t
  val parameters : t -> Iperf3_protocol.parameters
  val meters : t -> Iperf3_meter.t array
  (** In the order in which streams are made; those that the client sends on
      come first. *)

  type peer = { address : Ipaddr.V4.t; port : int }

  val attach_tcp : t -> int -> Control.t -> unit
  (** [attach_tcp t n stream]: the n-th stream is this connection, whose cookie
      has been read or sent. *)

  val attach_udp : t -> int -> local_port:int -> peer -> unit

  val start : t -> unit
  (** Bytes move from now on. *)

  val is_ended : t -> bool

  val end_ : t -> unit
  (** They no longer do; figures stand. *)

  val receive_datagram : t -> int -> Cstruct.t -> unit
  (** Counts a datagram of the n-th stream. *)

  val close : t -> unit
  (** Closes the streams' connections. *)

  val results : t -> Iperf3_json.t
  val report : t -> Ipaddr.V4.t -> Iperf3_json.t -> string
  (** [report t peer results] says in a line for each direction what was measured,
      with the peer's [results] for what it received. *)
end

(** Network interfaces whose cable ends in the same unikernel (mirage-vnetif
    0.5): several stacks can talk to each other without a device. *)

(** What carries the frames; {!Basic_backend.Make} is one. Others may lose or
    delay them. *)
module type BACKEND = sig
  type 'a io = 'a Lwt.t
  type buffer = Cstruct.t
  type id = int
  type macaddr = Macaddr.t
  type t

  val register : t -> (id, Mirage_net.Net.error) result
  (** A new station. *)

  val unregister : t -> id -> unit io
  val mac : t -> id -> macaddr

  val write : t -> id -> size:int -> (buffer -> int) -> (unit, Mirage_net.Net.error) result io
  (** Sends what the function writes into [size] zeroed bytes, as many as it
      says, to the stations. *)

  val set_listen_fn : t -> id -> (buffer -> unit io) -> unit
  (** From now on this station's frames are given to the function. *)

  val unregister_and_flush : t -> id -> unit io
  (** {!unregister}, and wait for what still handles the station's frames. *)
end

module Make (B : BACKEND) : sig
  include Mirage_net.S

  val connect :
    ?size_limit:int ->
    ?flush_on_disconnect:bool ->
    ?monitor_fn:(B.buffer -> unit Lwt.t) ->
    ?unlock_on_listen:Lwt_mutex.t ->
    B.t ->
    t Lwt.t
  (** A new interface. [size_limit] is its MTU in bytes, without the Ethernet
      header: 1500 by default. [flush_on_disconnect] (default false) has
      {!disconnect} wait for the listener's last calls. [monitor_fn] is given a
      copy of each frame that is received, before the listener.
      [unlock_on_listen] is unlocked once frames are listened to: who locked it
      before can wait for that.
      Fails with [Failure] when the backend takes no more stations. *)

  val disconnect : t -> unit Lwt.t
  (** Ends [listen]; [write] gives [`Disconnected] from now on. *)
end

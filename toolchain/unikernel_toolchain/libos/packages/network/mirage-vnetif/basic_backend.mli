(** A switch inside the unikernel (mirage-vnetif 0.5). *)

(** What one station sends, every other one receives, in the order in which it
    was sent, and nothing is lost unless senders do not wait for what they
    write: a station for which more than a 32nd of the memory is waiting gets no
    more. A station that does not listen gets nothing. *)
module Make : sig
  type 'a io = 'a Lwt.t
  type buffer = Cstruct.t
  type id = int
  type macaddr = Macaddr.t
  type t

  val create : ?yield:(unit -> unit io) -> ?use_async_readers:bool -> unit -> t
  (** [yield] (default [Lwt.pause]) gives others their turn before frames are
      handed over. [write] waits for the hand-over, or with
      [use_async_readers] (default false) not even for that; for what the
      listeners make of the frames it never does. *)

  val register : t -> (id, Mirage_net.Net.error) result
  (** The lowest number that is free. [`Unimplemented] from the 65,536th
      station on. *)

  val unregister : t -> id -> unit io
  val mac : t -> id -> macaddr
  (** Locally administered, one for each station of the unikernel. *)

  val write :
    t -> id -> size:int -> (buffer -> int) -> (unit, Mirage_net.Net.error) result io
  (** [`Disconnected] from a number that is not registered, [`Invalid_length]
      where the function says more bytes than there are. *)

  val set_listen_fn : t -> id -> (buffer -> unit io) -> unit
  val unregister_and_flush : t -> id -> unit io
end

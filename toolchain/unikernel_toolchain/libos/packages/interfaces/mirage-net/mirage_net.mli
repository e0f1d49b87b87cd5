(** Network interfaces that send and receive Ethernet frames. *)

module Net : sig
  type error = [ Mirage_device.error | `Invalid_length ]

  val pp_error : error Fmt.t
end

(** Octets and frames since the last reset. *)
type stats = {
  mutable rx_bytes : int64;
  mutable rx_pkts : int32;
  mutable tx_bytes : int64;
  mutable tx_pkts : int32;
}

module type S = sig
  type error = private [> Net.error ]

  val pp_error : error Fmt.t

  include Mirage_device.S

  val write :
    t -> size:int -> (Cstruct.t -> int) -> (unit, error) result Lwt.t
  (** [write t ~size fill] hands [fill] a zeroed buffer of [size] bytes and
      sends the prefix whose length [fill] returns. [`Invalid_length] when
      [size] exceeds the MTU plus the Ethernet header; an interface that
      segments by itself takes more (see {!Mirage_net_headroom}), and does not
      zero so long a buffer. *)

  val listen :
    t ->
    header_size:int ->
    (Cstruct.t -> unit Lwt.t) ->
    (unit, error) result Lwt.t
  (** Runs the callback on every frame, as a task of its own; the callback
      owns the buffer. Ends after [disconnect], or with an error. A later call
      takes the frames over, and ends this one. *)

  val mac : t -> Macaddr.t

  val mtu : t -> int
  (** In bytes, without the Ethernet header. *)

  val get_stats_counters : t -> stats
  val reset_stats_counters : t -> unit
end

module Stats : sig
  val create : unit -> stats

  val rx : stats -> int64 -> unit
  (** Counts one received frame of so many bytes. *)

  val tx : stats -> int64 -> unit
  (** Counts one sent frame of so many bytes. *)

  val reset : stats -> unit
end

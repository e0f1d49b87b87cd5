(** An Ethernet segment in memory, with the faults one asks for. *)

type conditions = {
  delay_ns : int64;
  jitter_ns : int64;  (** up to so much more, evenly distributed: reorders *)
  loss : float;  (** probability, as the next two *)
  duplicate : float;
  corrupt : float;  (** one bit of the frame is flipped *)
}

val perfect : conditions
(** 10 us of delay and nothing else. *)

type segment

val segment : ?conditions:conditions -> unit -> segment
val set_conditions : segment -> conditions -> unit

val watch : segment -> (Cstruct.t -> unit) -> unit
(** Calls the function with every frame sent, before any fault. *)

include Mirage_net.S

val connect :
  ?capabilities:Mirage_net_headroom.capabilities ->
  ?mtu:int ->
  segment ->
  Macaddr.t ->
  t Lwt.t
(** With [capabilities], frames have headroom, and what a sender left to the
    device reaches the receivers as a device would tell it; receivers without
    [capabilities] get it finished. The MTU is 1500 by default. *)

val inject : t -> Cstruct.t -> unit
(** Sends these bytes as they are. *)

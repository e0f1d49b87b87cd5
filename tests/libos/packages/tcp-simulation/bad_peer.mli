(** A TCP peer that does anything: it never stops, reads or closes, resets, reneges,
    and lies in its acknowledgements, SACK blocks, windows and timestamps. It hears what
    the host answers, so that much of what it says is nearly right. *)

type t

type around = {
  random : Random.State.t;
  now : unit -> int;  (** ns *)
  send : remote:int -> Tcp_segment.t -> Cstruct.t -> unit;  (** to the host *)
  turn : unit -> unit;  (** lets the host answer *)
}

val frame_bytes : int
(** Of the buffers in which its segments arrive. *)

val create : port:int -> remote:int -> stamp:int -> t
(** [stamp]: where its timestamps begin. *)

val hears : t -> remote:int -> Tcp_segment.t -> length:int -> unit
(** A segment of the host, for this peer or another. *)

val shake_hands : around -> t -> unit
val act : around -> t -> unit

val fill : around -> t list -> unit
(** All of them at once send segments of one kind: those which take most memory. *)

val say_little : around -> t -> unit
(** At most a few bytes. *)

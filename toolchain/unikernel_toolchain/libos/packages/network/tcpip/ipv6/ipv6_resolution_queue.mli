(** Packets that wait until a neighbour has answered, each kept by who sends it:
    a few a neighbour (RFC 4861, section 7.2.2), and bounded in bytes
    altogether. The oldest are evicted. *)

type t

type answer =
  | Mac of Macaddr.t
  | Unreachable of string  (** why the packet cannot go *)
  | Evicted  (** there was no room for it any more *)

val max_per_neighbour : int
val create : max_bytes:int -> t

val wait : t -> Ipaddr.V6.t -> bytes:int -> answer Lwt.t
(** A packet of so many bytes; may be cancelled. *)

val resolve : t -> Ipaddr.V6.t -> answer -> unit
(** The answer to all that wait for this neighbour. *)

val resolve_all : t -> answer -> unit

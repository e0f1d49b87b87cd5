(** The task that takes frames from an interface. *)

module Make (Netif : Mirage_net.S) : sig
  type t

  val start : Netif.t -> (Cstruct.t -> unit Lwt.t) -> t
  (** Begins in the background. *)

  val wait : t -> unit Lwt.t
  (** Until the interface ends, with an error logged, or {!stop}. *)

  val stop : t -> unit
end

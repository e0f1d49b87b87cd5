(** The small services that networks are tried with: echo (RFC 862), discard
    (RFC 863) and character generator (RFC 864), over TCP and UDP.

    {[
      module Services = Small_services.Make (Stack)

      let start stack = Services.serve stack
    ]} *)

val echo_port : int
val discard_port : int
val chargen_port : int

module Make (S : Mirage_stack.V4) : sig
  val echo : ?port:int -> S.t -> unit
  (** Begins to send back what comes, and returns. A datagram from one of the
      ports below 1024, where such services answer each other for ever, gets no
      answer. *)

  val discard : ?port:int -> S.t -> unit
  (** Begins to take what comes and answer nothing. *)

  val chargen : ?port:int -> S.t -> unit
  (** Begins to send lines of characters: without end to whoever connects, up
      to 512 of them for a datagram, as for {!echo}, a hundred times a second. *)

  val serve : S.t -> unit Lwt.t
  (** All three, on their own ports, until the stack ends. *)
end

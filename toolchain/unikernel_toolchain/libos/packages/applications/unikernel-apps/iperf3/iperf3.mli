(** iperf3 in a unikernel: the server and the client of iperf 3's protocol, which
    real iperf3 talks to.

    {[
      module Iperf3 = Iperf3.Make (OS.Time) (Mclock) (Stack)

      let start stack = Iperf3.serve stack
    ]} *)

module Make (_ : Mirage_time.S) (_ : Mirage_clock.MCLOCK) (S : Mirage_stack.V4) : sig
  val serve : ?port:int -> S.t -> unit Lwt.t
  (** See {!Iperf3_server}. *)

  val run :
    ?port:int ->
    S.t ->
    Ipaddr.V4.t ->
    Iperf3_protocol.parameters ->
    (unit, string) result Lwt.t
  (** See {!Iperf3_client}. *)

  val client : S.t -> Ipaddr.V4.t * int * Iperf3_protocol.parameters -> unit Lwt.t
  (** [client stack (Iperf3_keys.request ())] runs the test that boot keys
      describe; exits with 1 and a sentence when it fails. *)
end

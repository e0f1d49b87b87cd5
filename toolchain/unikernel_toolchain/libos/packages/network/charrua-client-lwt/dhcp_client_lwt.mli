(** The DHCP client on a network interface. *)

module Make (_ : Mirage_random.S) (_ : Mirage_time.S) (Net : Mirage_net.S) : sig
  type lease = Dhcp_wire.pkt

  type t = lease Lwt_stream.t
  (** Each lease got or extended. The stream ends when no server answers (see
      {!Dhcp_schedule}). *)

  val connect :
    ?renew:bool ->
    ?xid:Cstruct.uint32 ->
    ?requests:Dhcp_wire.option_code list ->
    Net.t ->
    t Lwt.t
    (** Listens on the interface, until somebody else does; answers to later
        requests then come through {!Dhcp_client_registry}. *)
end

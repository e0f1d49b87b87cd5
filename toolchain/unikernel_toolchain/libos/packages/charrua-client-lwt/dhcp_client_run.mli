(** The DHCP client on a network interface, which tells of leases by a call. *)

module Make (_ : Mirage_random.S) (_ : Mirage_time.S) (Net : Mirage_net.S) : sig
  val connect :
    ?renew:bool ->
    ?xid:Cstruct.uint32 ->
    ?requests:Dhcp_option_code.option_code list ->
    Net.t ->
    tell:(Dhcp_message.pkt option -> unit) ->
    unit Lwt.t
  (** Tells each lease got or extended, and [None] at the end when no server
      answers (see {!Dhcp_schedule}). Listens on the interface, until somebody
      else does; answers to later requests then come through {!Dhcp_inlet}. *)
end

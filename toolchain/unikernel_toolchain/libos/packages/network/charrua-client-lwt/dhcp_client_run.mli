(** The DHCP client on a network interface, which tells of leases by a call. *)

type event = Dhcp_client_registry.event = Leased of Dhcp_message.pkt * int64 option | Lost | No_server

module Make (_ : Mirage_random.S) (_ : Mirage_time.S) (Net : Mirage_net.S) : sig
  val connect :
    ?renew:bool ->
    ?xid:Cstruct.uint32 ->
    ?requests:Dhcp_option_code.option_code list ->
    ?clock:(unit -> int64) ->
    Net.t ->
    notify:(event -> unit) ->
    unit Lwt.t
    (** Tells what happens to the lease (see {!Dhcp_schedule}), and {!Name_servers}
        of its name servers. [clock] is a monotonic one, in nanoseconds; without it
        time is the sum of the client's sleeps, which does not know of a pause of
        the machine. Listens on the interface, until somebody else does; answers to
        later requests then come through {!Dhcp_client_registry}, ARP packets through
        {!Arp_station}. *)
end

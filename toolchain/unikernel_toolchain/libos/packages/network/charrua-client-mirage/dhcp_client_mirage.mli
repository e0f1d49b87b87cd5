(** IPv4 configurations from DHCP. *)

val config_of_lease : Dhcp_wire.pkt -> Mirage_protocols.ipv4_config
(** See {!Dhcp_config.of_lease}. *)

module Make (_ : Mirage_random.S) (_ : Mirage_time.S) (Network : Mirage_net.S) : sig
  type t = Mirage_protocols.ipv4_config Lwt_stream.t
  (** One for each lease; ends when no server answers. *)

  val connect : ?requests:Dhcp_wire.option_code list -> Network.t -> t Lwt.t
end

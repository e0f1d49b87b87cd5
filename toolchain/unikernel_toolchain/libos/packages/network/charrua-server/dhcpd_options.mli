(** Options by the names that they have in a dhcpd.conf (dhcp-options(5)). *)

val read : string -> Dhcpd_words.word list -> Dhcp_wire.dhcp_option
(** [read name arguments], without commas.
    @raise Failure for an unknown name or wrong arguments, without the line. *)

(** Which destinations a host has a source address for: of their family, and no
    link-local one beyond the link (RFC 6724, section 6, rule 1). *)

val from : src:Ipaddr.t -> Ipaddr.t -> bool
(** [src] is what IP's [src ~dst] chose. *)

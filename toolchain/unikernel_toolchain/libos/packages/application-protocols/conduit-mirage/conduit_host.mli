(** The host that an endpoint's address was resolved from, on its way from the
    resolver to the conduit.

    conduit's endpoints hold one address; with a host's other addresses, the
    conduit can go on where the first does not answer (RFC 8305). They are found
    by the very value that the resolver gave, so that hosts which share an address
    are not taken for each other; an address from elsewhere is itself. *)

type t = {
  name : string;
  addresses : Happy_eyeballs.family -> (Ipaddr.t list, string) result Lwt.t;
  (** the answers, which may be still to come *)
}

val register : Ipaddr.t -> t -> Ipaddr.t
(** The same address, as a value that {!find} knows while it is among the latest
    {!max_known}. *)

val find : Ipaddr.t -> t option
val max_known : int

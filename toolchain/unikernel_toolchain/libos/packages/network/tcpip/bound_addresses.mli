(** What sockets may be bound to: the names of MirageOS 3.9's stack over sockets are served on
    one address, and whoever asks for another has to be told. *)

val check : ours:Ipaddr.V4.t list -> Ipaddr.V4.t list -> (unit, string) result
(** Whether each of these is one of ours, or 0.0.0.0 for all of them; else a sentence. *)

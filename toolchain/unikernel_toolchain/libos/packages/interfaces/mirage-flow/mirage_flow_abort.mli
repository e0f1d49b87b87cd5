(** A connection's end without ceremony, beside MirageOS's signature of flows,
    which has no word for it. *)

exception Abort
(** Raised out of the function that a listener serves its flow with: the
    connection is reset at once, whatever of it the peer has not read
    (RFC 9293, section 3.10.5), and nothing is logged. *)

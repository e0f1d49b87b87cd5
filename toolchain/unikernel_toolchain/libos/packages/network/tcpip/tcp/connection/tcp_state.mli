(** The states of a connection (RFC 9293 section 3.3.2), as a table. LISTEN
    is missing: listening is the host's business, a connection begins with
    its first SYN. *)

type t =
  | Closed
  | Syn_sent
  | Syn_received
  | Established
  | Fin_wait_1
  | Fin_wait_2
  | Close_wait
  | Closing
  | Last_ack
  | Time_wait

type event =
  | Open  (** we send a SYN *)
  | Receive_syn
  | Receive_syn_ack
  | Receive_ack_of_syn
  | Close  (** we have no more to send *)
  | Receive_fin
  | Receive_ack_of_fin
  | Give_up  (** reset, timed out or deleted *)

val next : t -> event -> t option
(** None: the event cannot occur in this state. *)

val may_send : t -> bool
(** Data and FIN, new or again. *)

val pp : Format.formatter -> t -> unit

(** What the network says about packets that were sent (RFC 1122, sections
    3.2.2 and 4.2.3.9; RFC 8201; RFC 5461), on its way from IP to the protocol
    that sent them.

    MirageOS's IP signature has no way up for it, so it goes beside the
    signature, as {!Mirage_net_headroom} does on the way down: IP reports, and
    each transport protocol that has subscribed looks whether the packet was
    its own. A report is a stranger's word: subscribers check what it quotes
    against what they really sent (RFC 5927) before they believe it. *)

type reason =
  | Unreachable of string
      (** of the kinds that end a connection attempt (RFC 1122, 4.2.3.9); in
          words, for an error message *)
  | Obstacle of string  (** of the kinds that may pass, as "no route" does *)
  | Too_big of int
      (** the next link takes packets of this many bytes, IP header included;
          0 when it did not say (RFC 1191, section 5) *)

type t = {
  reason : reason;
  protocol : int;  (** of the packet that was sent: 6 TCP, 17 UDP *)
  source : string;  (** its source address, 4 or 16 octets *)
  destination : string;
  transport : Cstruct.t;
      (** what the report quotes from behind the IP header: eight bytes or
          more, never to be trusted *)
}

type subscription

val subscribe : protocol:int -> (t -> unit) -> subscription
val cancel : subscription -> unit

val report : t -> unit
(** Tells every subscriber of this protocol. *)

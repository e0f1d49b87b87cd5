(** What the network says about packets that were sent (RFC 1122, sections
    3.2.2 and 4.2.3.9; RFC 8201; RFC 5461), on its way from IP to the protocol
    that sent them.

    MirageOS's IP signature has no way up for it, so it goes beside the
    signature, as {!Mirage_net_headroom} does on the way down: IP reports, and
    each transport protocol that has subscribed looks whether the packet was
    its own. A report may be forged: IP has checked only that the packet
    it quotes has one of this host's addresses as its source; subscribers check
    the rest against what they really sent (RFC 5927) before they believe it. *)

type reason =
  | Unreachable of string
  (** "Destination unreachable" of any code: ends an attempt that has had
      no answer yet, and is no more than a hint about a conversation under
      way (RFC 5461, section 4). In words, for an error message. *)
  | Soft_error of string
  (** "Time exceeded" and "parameter problem": a hint at best *)
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
      more, never to be trusted; valid during the call *)
}

type subscription

val subscribe : protocol:int -> (t -> unit) -> subscription
val cancel : subscription -> unit

val report : t -> unit
(** Tells every subscriber of this protocol. *)

(** Path MTU discovery (RFC 1191, RFC 8201, RFC 4821): sizes, and what was
    learned of the paths to some destinations. Sizes are bytes of an IP packet,
    header included; times are monotonic nanoseconds. *)

(** {1 Sizes} *)

val floor : v6:bool -> int
(** The least that a path is taken for, whatever is said of it. IPv6: 1280,
    which every link carries. IPv4: 576, which every host takes (RFC 1122,
    section 3.3.3), and with it TCP's default segment: a path of less is rare,
    and its routers divide what goes without "don't fragment", as segments of
    this size do. Lower floors have served attacks (RFC 5927, section 7). *)

val lowered : v6:bool -> current:int -> reported:int -> int option
(** [current] after a "too big" that gives the next link's size as [reported], 0
    when it gives none: then the next plateau (RFC 1191, section 7). Nothing
    when that is no less, and for less than 1280 with IPv6 (RFC 8201, section
    4); less than the floor with IPv4 is the floor. *)

val common : int
(** 1280: what IPv6 needs everywhere, tunnels and radio links provide. *)

val step_down : v6:bool -> int -> int option
(** What to try where packets of this size vanish and nobody says why: 1280,
    then the floor. *)

(** {1 Destinations} *)

type 'destination t
(** Destinations are compared and hashed structurally. *)

val life_ns : int
(** How long something learned counts: 10 minutes (RFC 1191, section 6.3). *)

val create : bytes:int -> 'destination t
(** Keeps about so many bytes at most: the oldest entry is evicted. *)

val find : 'destination t -> now:int -> 'destination -> (int * int) option
(** The size, and until when it counts. *)

val learn : 'destination t -> now:int -> 'destination -> int -> unit
val entries : 'destination t -> int

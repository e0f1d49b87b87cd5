(** Our own addresses (RFC 4862).

    Detection of duplicates is optimistic (RFC 4429): an address is used from
    the start, and given up when somebody else turns out to have it. Then it is
    tried again later, and not used before nobody has objected. *)

type origin =
  | Configured
  | Link_local
  | Autoconfigured of Ipaddr.V6.Prefix.t * Ipaddr.V6.t
  (** behind a prefix that this router advertised *)

type status =
  | Tentative of { until : int64; nonce : string; optimistic : bool }
  (** others may object; the nonce tells our own question (RFC 7527) *)
  | Assigned
  | Duplicate of { retry_at : int64 }

type lifetime = { valid_until : int64; preferred_until : int64 }
(** In nanoseconds of the monotonic clock; {!Ndp_timing.never} is for ever. *)

type own = private {
  ip : Ipaddr.V6.t;
  origin : origin;
  lifetime : lifetime;
  status : status;
  deprecated : bool;
  conflicts : int;
  advertised_at : int64;  (** when a router last advertised it *)
}

type t

val max_addresses : int
(** Of those that routers advertise; the configured ones are as many as there
    are. *)

val empty : t
val forever : lifetime

val add : t -> now:int64 -> nonce:string -> origin -> lifetime -> Ipaddr.V6.t -> t
(** A new address, tentative. Of too many advertised ones, one of the router
    with the most is evicted if it has more than four, or else one that no
    router has told of for two hours; when there is none of these, the new one
    is left out. *)

val renew : t -> now:int64 -> Ipaddr.V6.Prefix.t -> lifetime -> t option
(** The address made for this prefix gets the lifetime, except that a remaining
    time above two hours is not cut below that (RFC 4862, section 5.5.3).
    [None] when there is none. *)

val mem : t -> Ipaddr.V6.t -> bool
(** Whether it is in use. *)

val tentative : t -> Ipaddr.V6.t -> own option
(** Whether others may still object. *)

val listens : t -> Ipaddr.V6.t -> bool
(** Whether this is the solicited-node group of an address here. *)

val duplicate_found : t -> now:int64 -> nonce:string -> interface_id:string -> own -> t * own option
(** Somebody else has it. An address that was made is made once more with this
    interface identifier, three times in all (RFC 7217, section 6), and
    returned; otherwise it rests for {!retry_ns}. *)

val retry_ns : int64

val all : t -> Ipaddr.V6.t list
(** In use; the oldest first. *)

val link_local : t -> Ipaddr.V6.t option
(** When nobody has objected to it. *)

val groups : t -> Ipaddr.V6.t list
(** The solicited-node groups, each once. *)

val select : t -> Ipaddr.V6.t -> Ipaddr.V6.t
(** The source for packets to this destination (RFC 6724, section 5: scope,
    then not deprecated, then the longest common prefix); the unspecified
    address when there is none. *)

val deadline : t -> int64

val advance : t -> now:int64 -> nonce:string -> t * own list
(** Lifetimes and detection as of now, with those addresses that are to be
    tried again. *)

val solicited_node : Ipaddr.V6.t -> Ipaddr.V6.t

val with_interface_id : Ipaddr.V6.Prefix.t -> string -> Ipaddr.V6.t
(** Eight octets behind a prefix of 64 bits. *)

(** Our own addresses (RFC 4862), bounded in number.

    Detection of duplicates is optimistic (RFC 4429): an address is used from
    the start and given up when somebody else turns out to have it. *)

type t

val max_addresses : int
val empty : t

type lifetime = { valid_until : int64 option; preferred_until : int64 option }
(** In nanoseconds of the monotonic clock; [None] is for ever. *)

val forever : lifetime

val add : t -> now:int64 -> lifetime -> Ipaddr.V6.t -> t * bool
(** Whether it is new, so that others must be asked. An address known gets the
    lifetime, except that a remaining time above two hours is not cut below
    that (RFC 4862, section 5.5.3). *)

val remove : t -> Ipaddr.V6.t -> t
val mem : t -> Ipaddr.V6.t -> bool

val tentative : t -> now:int64 -> Ipaddr.V6.t -> bool
(** Whether others may still object. *)

val all : t -> Ipaddr.V6.t list
(** The oldest first. *)

val select : t -> now:int64 -> Ipaddr.V6.t -> Ipaddr.V6.t
(** The source for packets to this destination (RFC 6724, section 5: scope,
    then not deprecated, then the longest common prefix); the unspecified
    address when there is none. *)

val expire : t -> now:int64 -> t

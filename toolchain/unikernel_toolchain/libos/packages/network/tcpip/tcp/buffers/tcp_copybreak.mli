(** Keeps a small payload from pinning the large frame buffer it arrived in:
    without it, a peer that sends single bytes fills memory with frames. *)

type t

val create : unit -> t

val pack_if_small : t -> Cstruct.t -> Cstruct.t
(** The payload itself when it fills a fair part of its buffer, a copy
    packed behind the last such one when not. For payloads that are let go in
    the order in which they came. *)

val copy_if_small : Cstruct.t -> Cstruct.t
(** As {!pack_if_small}, but the copy has a buffer of its own. *)

val copy : Cstruct.t -> Cstruct.t
(** In a buffer of its own. *)

val overhead : int
(** Bytes that each takes beside its own. *)

val cost : Cstruct.t -> int
(** Bytes of memory that one of these takes, in all. *)

val join : Cstruct.t -> Cstruct.t -> Cstruct.t option
(** Both as one, when {!pack_if_small} packed the second right behind the first: it
    costs as much more as the second is long. *)

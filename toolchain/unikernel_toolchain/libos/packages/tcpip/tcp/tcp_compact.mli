(** Keeps a small payload from pinning the large frame buffer it arrived in:
    without it, a peer that sends single bytes fills memory with frames. *)

type t

val create : unit -> t

val keep : t -> Cstruct.t -> Cstruct.t
(** The payload itself when it fills a fair part of its buffer, a copy
    packed among other small ones when not. *)

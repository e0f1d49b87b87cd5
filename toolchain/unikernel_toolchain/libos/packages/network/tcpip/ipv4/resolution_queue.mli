(** Packets that wait for something, bounded in bytes. When there is no more
    room, those that have waited longest leave: what will be answered soon always
    finds room, however much waits in vain. *)

type 'a t

val create : capacity:int -> evicted:'a -> 'a t
(** [capacity] in bytes; [evicted] is what those hear who have to leave. *)

val wait : 'a t -> bytes:int -> 'a Lwt.t -> 'a Lwt.t
(** Waits for the answer with so many bytes in hand. An answer that fails is
    [evicted]. *)

val weight : 'a t -> int
(** In bytes, with a share for the administration. *)

(** How much memory the unikernel has. What strangers can make it keep
    (connections, fragments, neighbours) is bounded by a part of this, never by
    a constant: a constant is too much for a small guest, or too little for a
    large one. *)

val set : int -> unit
(** [set bytes]: the size of the platform's heap. [OS] says it before the
    application starts. *)

val bytes : unit -> int
(** As told; 32 MiB when nobody has, as on a host that tests protocols. *)

val part : int -> int
(** [part n] is an [n]-th of it, in bytes. To be asked when a protocol starts,
    not when its module is initialised. *)

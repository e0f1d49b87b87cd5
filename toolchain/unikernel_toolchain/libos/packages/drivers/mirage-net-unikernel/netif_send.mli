(** Frames on their way out, and the buffers that they are made in. A buffer is
    reused once its frame has left. *)

type t

val create : Netif_device.t -> large_max:int -> t
(** At most [large_max] buffers of 64 KiB are made, when they are needed. *)

val reclaim : t -> unit
(** Takes back the buffers of frames that left. *)

val buffer : t -> int -> Cstruct.buffer option
(** [buffer t size] is a free buffer of [size] bytes or more, not cleared;
    [None] when there is no room until frames have left. *)

val put_back : t -> Cstruct.buffer -> unit
(** For a buffer that is not sent after all. *)

val send : t -> Cstruct.buffer -> length:int -> unit
(** Sends the frame of [length] bytes behind the buffer's headroom. *)

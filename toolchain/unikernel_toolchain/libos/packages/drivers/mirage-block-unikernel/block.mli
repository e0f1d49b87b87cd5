(** Block devices of the platform.

    Buffers go to the device as they are, without a copy. As many requests as the device
    takes are under way at once, longer ones in pieces; the others wait in their order.

    The disk of a device may be taken away, exchanged or resized while a virtio guest runs
    (virtio 1.1, section 5.2.5). Without one, [get_info] tells no sectors and requests give
    [Error `Disconnected]; with the next they go on, but whoever asked nothing in between is
    told [`Disconnected] once: it is another disk. [get_info] tells the size of now. *)

include Mirage_block.S

val connect : string -> t Lwt.t
(** [connect name] is the device of that name: the boot variable [UNIKERNEL_BLOCK] lists
    them, else each name gets the next device. Whoever connects to one name twice has one
    device twice. Fails with [Failure] when there is none. *)

val flush : t -> (unit, write_error) result Lwt.t
(** Once it resolves, every write that had resolved before it was called survives the loss
    of power. *)

val discard : t -> int64 -> int64 -> (unit, write_error) result Lwt.t
(** [discard t sector n]: nobody needs what is in [n] sectors any more; what they read as
    afterwards is not said. [Error `Unimplemented] where the device cannot. *)

val seek_mapped : t -> int64 -> (int64, error) result Lwt.t
val seek_unmapped : t -> int64 -> (int64, error) result Lwt.t
(** The next sector from this one on that is, or is not, allocated by the host; it does
    not tell, so that each is. *)

(** Network interfaces of the platform.

    Frames are in buffers of {!Mirage_net_headroom}: what the device offers to
    do for TCP and UDP is said there. Frames are sent and, but for short ones,
    received without a copy. *)

include Mirage_net.S

val connect : string -> t Lwt.t
(** [connect name] takes the device of that name: the boot variable [UNIKERNEL_NET]
    lists them, else any name gets the next device. Fails with [Failure] when
    there is none or it is in use. *)

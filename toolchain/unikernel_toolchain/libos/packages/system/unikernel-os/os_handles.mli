(** Promises that wait for a device. A handle is the device's bit number in
    unikernel.h's [unikernel_ready_t]; the console is handle 0. *)

val wait_for_work_on_handle : int64 -> unit Lwt.t
(** Resolves at the next look at the devices that finds input waiting there.
    Fails with [Invalid_argument] when [handle] is not 0 to 62. *)

val awaited : unit -> int
(** The bit set of the handles that something waits for. *)

val wake : int -> unit
(** [wake ready] resolves what waits for the handles in the bit set [ready]. *)

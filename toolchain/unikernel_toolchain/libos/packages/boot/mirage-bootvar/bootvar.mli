(** The words that the unikernel was booted with (MirageOS 3.9). *)

val argv : unit -> string array Lwt.t
(** ["mirage"], then the words; the platform has taken away their quotes, and the boot
    variables ahead of them. *)

(** What the toolstack asks of this domain (OS.Lifecycle). *)

val await_shutdown_request :
  ?can_poweroff:bool -> ?can_reboot:bool -> unit -> [ `Poweroff | `Reboot ] Lwt.t
(** Resolves when the toolstack asks for what the program [can] do: by default to power off, as
    [xl shutdown] does, not to reboot. From the first call on the program ends by itself when it is
    asked to; what nobody awaits ends the guest at once. *)

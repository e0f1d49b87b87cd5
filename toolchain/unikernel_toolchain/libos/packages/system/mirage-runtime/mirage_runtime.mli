(** Hooks around the main loop and at exit (MirageOS 3.9, mirage-runtime). *)

include module type of Os_hooks

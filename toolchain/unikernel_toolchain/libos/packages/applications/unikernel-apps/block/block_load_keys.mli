(** The boot keys of {!Block_load}. *)

val jobs : Block_load_job.t list Boot_keys.key
val seconds : float Boot_keys.key

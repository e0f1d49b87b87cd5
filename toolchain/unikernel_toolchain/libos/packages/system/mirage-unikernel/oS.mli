(** The platform as MirageOS 3.9 applications see it. *)

module Main : sig
  val run : unit Lwt.t -> unit
  (** See {!Os_main.run}. *)

  val wait_for_work_on_handle : int64 -> unit Lwt.t
  (** See {!Os_handles.wait_for_work_on_handle}. *)
end

module Time : sig
  val sleep_ns : int64 -> unit Lwt.t
  (** See {!Os_time.sleep_ns}. *)
end

module Lifecycle : sig
  val await_shutdown_request :
    ?can_poweroff:bool ->
    ?can_reboot:bool ->
    unit ->
    [ `Poweroff | `Reboot ] Lwt.t
    (** Never resolves: the host stops a guest without asking it. *)
end

module Memory : sig
  type stat = Os_memory.stat = {
    heap_words : int;
    live_words : int;
    stack_words : int;
    free_words : int;
  }

  val quick_stat : unit -> stat
  (** See {!Os_memory}. *)
end

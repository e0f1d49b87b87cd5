(** Sleeping (MirageOS 3.9, mirage-time 2.0). *)

module type S = sig
  val sleep_ns : int64 -> unit Lwt.t
  (** [sleep_ns n] resolves [n] nanoseconds from now; [n] is read as unsigned.
      It can be cancelled. *)
end

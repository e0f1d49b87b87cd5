(** Clocks (MirageOS 3.9, mirage-clock 3.0). The device value is unit. *)

module type PCLOCK = sig
  val now_d_ps : unit -> int * int64
  (** POSIX time: days since 1970-01-01 00:00 UTC, then picoseconds of the day,
      0 to 86,400e12 - 1. *)

  val current_tz_offset_s : unit -> int option
  (** Local time less UTC in seconds, where it is known. *)

  val period_d_ps : unit -> (int * int64) option
  (** The clock's step as days and picoseconds, where it is known. *)
end

module type MCLOCK = sig
  val elapsed_ns : unit -> int64
  (** Nanoseconds from an arbitrary origin; never goes back. *)

  val period_ns : unit -> int64 option
  (** The clock's step in nanoseconds, where it is known. *)
end

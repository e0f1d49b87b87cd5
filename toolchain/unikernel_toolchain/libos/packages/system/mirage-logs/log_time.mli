(** The date and time of a log line, without a library of dates. *)

val to_string : ?tz_offset_s:int -> int * int64 -> string
(** Days and picoseconds since 1970 as [2024-02-29 23:59:59 +01:00], in local time;
    the offset is [-00:00] when none is known. *)

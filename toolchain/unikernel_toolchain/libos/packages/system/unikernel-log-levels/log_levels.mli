(** Log levels by source: [LEVEL] and [*:LEVEL] are of all sources, [SOURCE:LEVEL] of those
    called [SOURCE]. Levels are [quiet], which is none, [app], [error], [warning], [info] and
    [debug]. *)

include module type of struct
  include Log_level_text
end

val set : (place * Logs.level option) list -> unit
(** Sets these levels, of all sources first, so that those of single ones hold. Of several for
    one place the last holds. Of a source that is not there
    the console is told, with those that are. *)

val be_linked : unit -> unit
(** Does nothing, but that who calls it has {!Level_setter} work. *)

(** What time and change bring with them. *)

open Ndp_context

val conclude : t -> before:t -> now:int64 -> Ndp_packets.output list -> t * Ndp_packets.output list
(** After any change: joins and leaves groups, asks for routers anew if there was
    one and is none, and sets [wake_at]. *)

val tick : now:int64 -> t -> t * Ndp_packets.output list
(** Does what is due. *)

val current : now:int64 -> t -> t * Ndp_packets.output list
(** {!tick}, if anything is. *)

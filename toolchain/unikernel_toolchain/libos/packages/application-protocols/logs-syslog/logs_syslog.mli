(** From log messages to syslog's, and these one after another on a stream: for
    all that send them. *)

val message :
  ?facility:Syslog_message.facility ->
  host:string ->
  source:string ->
  tags:Logs.Tag.set ->
  ?header:string ->
  Logs.level ->
  Ptime.t ->
  string ->
  Syslog_message.t
(** From [host], about [source]. The facility is that of the tag {!facility}, or
    else the argument, or else [System_Daemons]. *)

type framing = [ `LineFeed | `Null | `Custom of string | `Count ]
(** What ends a message on a stream, or how long it is said to be (RFC 6587,
    section 3.4). *)

val frame_message : string -> framing -> string
(** Line feeds in a message that a line feed ends become blanks, and zeros those
    in one that a zero ends: nobody can write somebody else's messages. *)

val ppf : Format.formatter
(** Writes for {!flush}. *)

val flush : unit -> string
(** What was written to {!ppf} since the last time. *)

val facility : Syslog_message.facility Logs.Tag.def

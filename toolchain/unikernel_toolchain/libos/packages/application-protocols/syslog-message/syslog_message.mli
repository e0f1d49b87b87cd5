(** Syslog messages as BSD's syslogd takes them (RFC 3164), under the names of
    syslog-message 1.1. *)

(** Section 4.1.1, table 1, in its order. *)
type facility =
  | Kernel_Message
  | User_Level_Messages
  | Mail_System
  | System_Daemons
  | Security_Authorization_Messages
  | Messages_Generated_Internally_By_Syslogd
  | Line_Printer_Subsystem
  | Network_News_Subsystem
  | UUCP_subsystem
  | Clock_Daemon
  | Security_Authorization_Messages_10
  | Ftp_Daemon
  | Ntp_Subsystem
  | Log_Audit
  | Log_Alert
  | Clock_Daemon_15
  | Local0
  | Local1
  | Local2
  | Local3
  | Local4
  | Local5
  | Local6
  | Local7

val int_of_facility : facility -> int
val facility_of_int : int -> facility option
val string_of_facility : facility -> string
(** In syslog.conf's words: [daemon], [local0]. *)

val pp_print_facility : Format.formatter -> facility -> unit

(** Section 4.1.1, table 2, in its order. *)
type severity =
  | Emergency
  | Alert
  | Critical
  | Error
  | Warning
  | Notice
  | Informational
  | Debug

val int_of_severity : severity -> int
val severity_of_int : int -> severity option
val string_of_severity : severity -> string
(** In syslog.conf's words: [err], [info]. *)

val pp_print_severity : Format.formatter -> severity -> unit

(** What stands for what a message does not say: a time stamp has no year, and
    may be absent, as the host's name may. *)
type ctx = {
  timestamp : Ptime.t;
  hostname : string;
  set_hostname : bool;  (** take this name whatever the message says *)
}

type t = {
  facility : facility;
  severity : severity;
  timestamp : Ptime.t;
  hostname : string;
  tag : string;  (** of letters and digits, 32 at most *)
  content : string;  (** from the first other character on *)
}

val pp : Format.formatter -> t -> unit
val to_string : t -> string
(** For people; see {!encode} for the wire. *)

val decode : ctx:ctx -> string -> (t, [> `Msg of string ]) result
(** A message without a priority is user's notice, and all of it is content,
    as is what follows a priority without a time stamp (section 4.3). [Error] for a priority that
    is none, and for nothing. *)

val encode : ?len:int -> t -> string
(** As it is sent; its first [len] bytes unless that is 0, as it is by default. *)

val encode_local : ?len:int -> t -> string
(** Without the host's name, for a syslogd on the same machine. *)

module Rfc3164_Timestamp : sig
  val encode : Ptime.t -> string
  (** ["Feb  5 17:32:18"], in UTC. *)

  val decode : string -> int -> (Ptime.t * string, [> `Msg of string ]) result
  (** [decode text year] is the time at the text's beginning and what follows the
      blank behind it. *)
end

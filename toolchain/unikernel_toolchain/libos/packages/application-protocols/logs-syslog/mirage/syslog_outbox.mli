(** Messages on their way to a syslog server, whichever way that is. *)

type t

val create : console:(string -> unit Lwt.t) -> peer:string -> t
(** [console] is told of trouble; [peer] is what the server is called there. *)

val reporter :
  t ->
  now:(unit -> Ptime.t) ->
  host:string ->
  ?facility:Syslog_message.facility ->
  (Syslog_message.t -> string) ->
  Logs.reporter
(** Puts what the function makes of each message into the outbox. *)

val next : t -> string Lwt.t
(** The oldest message, which stays until it is said to be {!sent}. *)

val sent : t -> unit
(** It is; if sending failed before, the console is told that it works again. *)

val drop : t -> unit
(** It never will be: the oldest message is lost. *)

val failed : t -> string -> unit
(** Why sending does not work: the console is told once. *)

val quietly : t -> (unit -> 'a) -> 'a
(** What is logged until the function returns is not put into the outbox. *)

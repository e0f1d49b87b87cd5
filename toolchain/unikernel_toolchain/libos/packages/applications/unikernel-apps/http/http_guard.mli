(** Who is connected to a server, and for how much longer: ends connections that
    a peer keeps waiting, and idle ones when there are too many. One sleeper
    serves all of them, so that a request costs it nothing. *)

type t

val create : Http_limits.t -> t
val limits : t -> Http_limits.t

type phase =
  | Idle  (** between requests *)
  | Header  (** in the middle of a request's header *)
  | Body  (** waiting for more of a body *)
  | Busy  (** the application's turn: no limit *)
  | Writing
  | Lingering  (** waiting for a refused peer to stop sending *)
  | Closing

type stop_reason =
  | Close  (** what was sent stays good *)
  | Time_out  (** with 408 *)
  | Reset

type client

val admit : t -> client option
(** A connection more, [Idle]; [None] when there are too many, and all of them
    busy. *)

val remove : t -> client -> unit
val count : t -> int

val enter : t -> client -> phase -> unit
(** From now on; limits begin anew. *)

val phase : client -> phase

val body_begins : client -> unit
val body_came : client -> int -> unit
(** So many bytes of the body more. *)

val stop_reason : client -> stop_reason Lwt.t
(** Resolves when the connection is to end. {!enter} [Closing] asks anew. *)

val is_stopped : client -> bool
(** Whether {!stop_reason} has resolved, or it is closing: nothing may be read or
    written any more. *)

val is_first_in_second : t -> bool
(** Whether nobody has asked in this second: for a line in the log. *)

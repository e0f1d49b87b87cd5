(** Happy Eyeballs (RFC 8305): a connection to a host that has addresses of both
    families, some of which may not answer.

    One value is one attempt to reach one host. Time is an argument, in
    nanoseconds of a monotonic clock; who drives it carries out the actions and
    tells what came of them. *)

(** {1 Limits} *)

type config = private {
  resolution_delay_ns : int64;
  (** how long IPv4 addresses wait for those of IPv6 (RFC 8305, section 3) *)
  attempt_delay_ns : int64;
  (** between two attempts none of which has failed (section 5) *)
  attempt_timeout_ns : int64;  (** after which an attempt is given up *)
  timeout_ns : int64;  (** for all of it, name resolution included *)
}

val config :
  ?resolution_delay_ns:int64 ->
  ?attempt_delay_ns:int64 ->
  ?attempt_timeout_ns:int64 ->
  ?timeout_ns:int64 ->
  unit ->
  config
(** By default 50 ms, 250 ms, 10 s and 30 s. [attempt_delay_ns] is taken as 10 ms
    where it is less and as 2 s where it is more (section 8). *)

val default : config

val max_targets : int
(** How many addresses of a family are tried, the first ones. *)

val max_open : int
(** How many attempts are under way at once. *)

(** {1 Events and actions} *)

type family = V4 | V6
type target = Ipaddr.t * int
type attempt = int

type action =
  | Resolve of family  (** ask for the host's addresses of this family *)
  | Connect of attempt * target
  | Close of attempt
  (** it is not wanted any more: cancel it, or close the connection that it
      has become *)
  | Won of attempt * target  (** this is the connection; the others were closed *)
  | Lost of string  (** there is none, as text *)

type event =
  | Resolved of family * (Ipaddr.t list, string) result
  | Connected of attempt
  | Failed of attempt * string
  | Tick  (** time has passed *)
  | Cancel  (** nobody wants it any more: there will be neither [Won] nor [Lost] *)

(** {1 Attempts} *)

type t

val by_name : config -> now:int64 -> int list -> t * action list
(** To a host whose addresses have to be asked for, at these ports: all of one
    address before the next. *)

val to_targets : config -> now:int64 -> target list -> t * action list
(** To a host of known addresses. *)

val handle : t -> now:int64 -> event -> t * action list

val deadline : t -> int64 option
(** When to {!handle} a [Tick]; [None] when it is over. *)

val attempts : t -> int
(** Those under way. *)

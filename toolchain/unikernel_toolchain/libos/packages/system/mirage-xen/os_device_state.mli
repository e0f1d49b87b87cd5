(** States of devices, as front ends and back ends tell each other (OS.Device_state; xen:
    xen/include/public/io/xenbus.h). *)

type state =
  | Unknown
  | Initialising
  | InitWait
  | Initialised
  | Connected
  | Closing
  | Closed
  | Reconfiguring
  | Reconfigured

val of_string : string -> state
(** [Unknown] for what is no number of a state. *)

val to_string : state -> string
val prettyprint : state -> string

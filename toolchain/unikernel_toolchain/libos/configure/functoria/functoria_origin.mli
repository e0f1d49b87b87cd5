(** Where in config.ml something was said, for errors that are found later. *)

exception Wrong of string option * string
(** A sentence, and the place in config.ml that it is about. *)

val of_backtrace : Printexc.raw_backtrace -> string option
(** The innermost place in config.ml, as a compiler names one: [File "config.ml", line 3,
    characters 4-9:]. *)

val here : unit -> string option
(** The same of where config.ml is now. *)

val remember : < .. > -> unit
(** Notes where config.ml is now as the place where this device was made. *)

val of_device : < .. > -> string option

val remember_own : < .. > -> unit
(** Notes that this device is a module of the application. *)

val is_own : < .. > -> bool

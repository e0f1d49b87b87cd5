(** Which network device a network is. *)

type t

val declare : ?group:string -> string -> t
(** [declare ?group name] declares [--interface], by default [name]; with a group
    it is called [--GROUP-interface]. *)

val name : t -> string
(** The network device, by its purpose. *)

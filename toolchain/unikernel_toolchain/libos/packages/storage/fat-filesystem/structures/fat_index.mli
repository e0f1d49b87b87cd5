(** What a directory's bytes hold: entries by name, and room for more. It is kept
    up to date as they change, so that a change costs no more in a large directory
    than in a small one. *)

type t

val of_bytes : unit_bytes:int -> Cstruct.t -> t
(** [unit_bytes]: what a device writes whole or not at all, of a directory. *)

val entries : t -> Fat_entry.t list
(** In the order of their slots. *)

val find : t -> is_shown:(Fat_entry.t -> bool) -> string -> Fat_entry.t option
(** The first that is shown and whose name, or alias, has this {!Fat_name.key}. *)

val is_taken : t -> string -> bool
(** Whether an entry has this {!Fat_name.key}. *)

val end_slot : t -> int
(** The one behind the last that was ever used. *)

val room : t -> Cstruct.t -> int -> int option
(** In these bytes the first of so many free slots: in one unit, or behind the end when no unit has
    room for so many. *)

val strays : t -> int list
(** Slots of long names that belong to no entry, when the directory was read. *)

(** {1 After a change of the bytes} *)

val changed :
  ?gone:Fat_entry.t -> ?is:Fat_entry.t -> t -> Cstruct.t -> first:int -> last:int -> t
(** These slots have changed: an entry is gone, there is another. *)

val longer : t -> Cstruct.t -> t
(** There are more bytes, all zeros. *)

val without_strays : t -> t

(** The platform's xenstore, one call each; what goes wrong is raised as {!Xs_protocol} has it. *)

type operation = Read | List | Write | Make | Remove | Get_permissions | Set_permissions

val ask : ?transaction:int -> ?value:string -> operation -> string -> string
(** [ask operation path] is what was asked for, "" where nothing was. [transaction] is 0 or one
    that has begun. *)

val names : string -> string list
(** Texts with a NUL behind each. *)

val start : unit -> int
(** Begins a transaction. *)

val finish : int -> commit:bool -> unit

type watch

val watch : string -> watch
(** Fires once when it is set, and whenever something changed at the path or below. *)

val unwatch : watch -> unit
val fired : watch -> bool

val await_any : watch list -> unit Lwt.t
(** Resolves when one of them has fired. *)

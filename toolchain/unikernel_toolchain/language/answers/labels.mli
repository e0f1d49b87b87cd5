(** Labels of the arguments of a function that is being called. *)

val is_label : string -> int -> bool
(** Whether what begins there in a program is a label: behind [~] or [?]. *)

type call = { called : Longident.t; given : string list }
(** A function's name, and the labels of the arguments that it has been given. *)

val around : int -> Parsetree.structure -> call option
(** The call one of whose arguments begins there. *)

val of_call : Env.t -> call -> (string * Types.type_expr) list option
(** The labels that are yet to be given, with the types of what they take; [None] for a function
    that is not known. *)

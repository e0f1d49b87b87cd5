(** What a program does when its modules are initialised, read from its sources. *)

type t =
  | Nothing  (** it has functions, types and constants only *)
  | Values  (** it computes values, which may have effects *)
  | Acts  (** it is written to: [let () = …], or an expression alone *)

val of_files : string list -> t
(** The most that one of these sources does. *)

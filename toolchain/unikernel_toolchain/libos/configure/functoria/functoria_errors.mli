(** What is said of an exception that config.ml does not catch. *)

val watch : is_registered:(unit -> bool) -> unit
(** Where the program is the configure stage, has exceptions said as sentences, behind the place in
    config.ml that they are about, and the answer taken back; so if it ends and nothing is
    registered. An uncaught exception ends a program with 2. *)

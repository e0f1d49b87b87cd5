(** What a command line and the boot variables make of the keys. Values are stored in the
    keys; nothing is printed, and nobody is sent home. *)

type outcome =
  | Help
  | Version
  | Words of string list  (** all is well; these words were no keys *)
  | Wrong of string  (** a sentence *)

val read : strict:bool -> Boot_declaration.t list -> string list -> outcome
(** [read ~strict keys arguments]. Who asks for help gets it, whatever else is wrong; [strict]
    refuses words that are no keys, and keys that are given twice. *)

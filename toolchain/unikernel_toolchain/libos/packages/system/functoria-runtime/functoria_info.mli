(** What an application is made of (Functoria 3.1). *)

type info = {
  name : string;
  libraries : string list;  (** findlib names *)
  packages : (string * string) list;  (** name and version *)
}

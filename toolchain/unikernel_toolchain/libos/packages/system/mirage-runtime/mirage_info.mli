(** What an application is made of (MirageOS 3.9). *)

type t = Functoria_info.info = {
  name : string;
  libraries : string list;  (** findlib names *)
  packages : (string * string) list;  (** name and version *)
}

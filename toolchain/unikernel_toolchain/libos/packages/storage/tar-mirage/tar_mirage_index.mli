(** What is in an archive, by keys. *)

type place = {
  offset : int;  (** on the device, in bytes *)
  size : int;
}

type value = {
  content : (place, string) result;  (** or why there is none *)
  modified : int64;  (** seconds since 1970 *)
}

type tree = (int64, value) Mirage_kv_tree.t
type t

val empty : t

val add : t -> Tar_members.member -> data:int -> t
(** A member whose data begins at this byte. *)

val finished : t -> tree
(** With symbolic links followed, as far as they lead to files. *)

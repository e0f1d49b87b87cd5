(** Records of a pax header: "25 ctime=1084839148.1212\n" (POSIX.1-2017, "pax
    Extended Header"). *)

type t = {
  access_time : int64 option;
  charset : string option;
  comment : string option;
  group_id : int option;
  gname : string option;
  header_charset : string option;
  link_path : string option;
  mod_time : int64 option;
  path : string option;
  file_size : int64 option;
  user_id : int option;
  uname : string option;
}
(** Times are in whole seconds since 1970. *)

val empty : t

val records : string -> ((string * string) list, string) result
(** Keywords and values, in their order. The error is a sentence. *)

val of_records : (string * string) list -> t
(** Of a keyword, the last record counts; an empty value takes it back. *)

val unmarshal : Cstruct.t -> t
(** @raise Failure with a sentence. *)

val marshal : t -> string

val over : t -> t -> t
(** [over first second]: what the first says, and else the second. *)

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

type record = string * string
(** Keyword and value. *)

val records : string -> (record list, string) result
(** In their order. The error is a sentence. *)

val of_records : record list -> t
(** Of a keyword, the last record counts; an empty value takes it back, and an
    owner's name from the header's block too. *)

val latest : record list -> record list
(** Those that count, of the keywords in {!t}: at most a dozen. *)

val unmarshal : Cstruct.t -> t
(** @raise Failure with a sentence. *)

val marshal : t -> string

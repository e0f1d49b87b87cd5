(** A member's header: a block of 512 bytes. *)

type compatibility = OldGNU | GNU | V7 | Ustar | Posix

val compatibility_level : compatibility ref
(** Of what is written where nothing else is said: V7. *)

module Link : module type of struct
  include Tar_link
end

module Extended : module type of struct
  include Tar_extended
end

type t = {
  file_name : string;
  file_mode : int;
  user_id : int;
  group_id : int;
  file_size : int64;  (** in bytes *)
  mod_time : int64;  (** in seconds since 1970 *)
  link_indicator : Link.t;
  link_name : string;
  uname : string;
  gname : string;
  devmajor : int;
  devminor : int;
  extended : Extended.t option;
}

val make :
  ?file_mode:int ->
  ?user_id:int ->
  ?group_id:int ->
  ?mod_time:int64 ->
  ?link_indicator:Link.t ->
  ?link_name:string ->
  ?uname:string ->
  ?gname:string ->
  ?devmajor:int ->
  ?devminor:int ->
  string ->
  int64 ->
  t

val length : int
(** 512. *)

val zero_block : Cstruct.t
val to_detailed_string : t -> string
val to_hex : string -> string

exception Checksum_mismatch
exception End_of_stream

val flag : Cstruct.t -> char
(** The byte that says what a member is. *)

val set_flag : Cstruct.t -> char -> unit
(** The same, with the sum that it changes. *)

val unmarshal : ?level:compatibility -> ?extended:Extended.t -> Cstruct.t -> t option
(** [None] of a block of zeros. The format is seen at the block; names of old GNU
    archives have no prefix there.
    @raise Checksum_mismatch when it is no header. *)

val fits : t -> bool
(** Whether {!marshal} has room for all of it. *)

val marshal : ?level:compatibility -> Cstruct.t -> t -> unit
(** Into a block. Numbers too large for octal digits are in base 256.
    @raise Invalid_argument unless {!fits}. *)

val compute_zero_padding_length : t -> int
val zero_padding : t -> Cstruct.t
val to_sectors : t -> int64
(** Blocks of 512 bytes behind the header. *)

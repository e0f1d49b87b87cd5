(** Opened before the sources of a program that uses cstruct: names that MirageOS 3.9's
    programs know, and the cstruct of today has dropped. *)

module Cstruct : sig
  include module type of struct
    include Cstruct
  end

  val len : t -> int
  (** {!length}'s older name. *)

  val set_len : t -> int -> t
  (** The same bytes, and as many as said of the buffer that they are in.
      @raise Invalid_argument when the buffer ends before. *)

  val add_len : t -> int -> t
  (** {!set_len} by so many more. *)

  val blit_to_string : t -> int -> bytes -> int -> int -> unit
  (** {!blit_to_bytes}' older name. *)
end

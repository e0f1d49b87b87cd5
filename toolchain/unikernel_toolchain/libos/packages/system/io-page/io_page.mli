(** Memory that begins at a page and is of whole pages (io-page 2.3). *)

type buf = Cstruct.t

type t = private
  (char, Bigarray.int8_unsigned_elt, Bigarray.c_layout) Bigarray.Array1.t

val page_size : int
(** 4096 bytes. *)

val get_addr : t -> nativeint

val get_page : t -> nativeint
(** The number of the page that it begins at. *)

val get : int -> t
(** So many pages, one behind the other. Their bytes are what was there.
    @raise Invalid_argument for less than one.
    @raise Out_of_memory *)

val get_buf : ?n:int -> unit -> buf
(** The same as a cstruct; one page if not said. *)

val get_order : int -> t
(** 2{^n} pages. *)

val pages : int -> t list
(** So many pages, each by itself. *)

val pages_order : int -> t list
val length : t -> int
(** In bytes. *)

val to_cstruct : t -> buf

exception Buffer_is_not_page_aligned
exception Buffer_not_multiple_of_page_size

val of_cstruct_exn : buf -> t
(** The same memory.
    @raise Buffer_is_not_page_aligned where it begins within a page.
    @raise Buffer_not_multiple_of_page_size where it ends in one. *)

val to_string : t -> string

val to_pages : t -> t list
(** Its pages, each by itself: the same memory. *)

val string_blit : string -> int -> t -> int -> int -> unit
(** [string_blit text from page index length].
    @raise Invalid_argument outside of one of them. *)

val blit : t -> t -> unit
(** [blit from to_], which are of one length.
    @raise Invalid_argument when they are not. *)

val round_to_page_size : int -> int
(** The least whole number of pages, in bytes. *)

(** Pages that other domains may use (OS.Xen). To map pages of others is not served. *)

module Gntref : sig
  type t

  val of_string : string -> (t, [> `Msg of string ]) result
  val to_string : t -> string
  val pp : Format.formatter -> t -> unit
  val to_int32 : t -> int32
  val of_int32 : int32 -> t
end

module Export : sig
  type t

  val refs : t -> Gntref.t list
  val mapping : t -> Io_page.t

  val share_pages :
    domid:int -> count:int -> writable:bool -> (t, [> `Grant_table_full ]) result
  (** So many new pages, of zeros, that the domain may use. *)

  val share_pages_exn : domid:int -> count:int -> writable:bool -> t

  val try_unshare : release_refs:bool -> t -> (unit, [> `Busy ]) result
  (** [`Busy] while the other domain has a page mapped. References are always released. *)

  val unshare : release_refs:bool -> t -> unit Lwt.t
  (** The same, tried again ten times a second until it is done. *)
end

val console : Gntref.t
val xenstore : Gntref.t

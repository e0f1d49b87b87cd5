(** {!Console_unikernel}, as MirageOS 3.9 calls it on xen. *)

include Mirage_console.S with type t = Console_unikernel.t

val connect : string -> t Lwt.t

(** The console of the platform. There is one: every [connect] shares it, its
    input goes to whoever reads first. *)

include Mirage_console.S

val connect : string -> t Lwt.t
(** [connect name]: the name is for messages only. *)

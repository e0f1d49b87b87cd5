(** Consoles (MirageOS 3.9, mirage-console 4.0). *)

module type S = sig
  include Mirage_device.S
  include Mirage_flow.S with type flow := t

  val log : t -> string -> unit Lwt.t
  (** Writes the text and a line ending. After [close] it writes nothing. *)
end

module type S = sig
  include Mirage_device.S
  include Mirage_flow.S with type flow := t

  val log : t -> string -> unit Lwt.t
end

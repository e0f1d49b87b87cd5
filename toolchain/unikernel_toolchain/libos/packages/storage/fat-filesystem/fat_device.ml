module type S = sig
  include Mirage_block.S

  val flush : t -> (unit, write_error) result Lwt.t
end

module Without_flush (B : Mirage_block.S) = struct
  include B

  let flush _ = Lwt.return_ok ()
end

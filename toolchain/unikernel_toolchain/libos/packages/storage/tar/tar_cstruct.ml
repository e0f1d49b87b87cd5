type in_channel = { mutable left : Cstruct.t }
type out_channel = Buffer.t

let make_in_channel left = { left }
let make_out_channel () = Buffer.create 4096
let to_string = Buffer.contents
let to_cstruct t = Cstruct.of_string (Buffer.contents t)

module Io = Tar.Make (struct
    type nonrec in_channel = in_channel
    type nonrec out_channel = out_channel

    let input t bytes at length =
      let many = min length (Cstruct.length t.left) in
      Cstruct.blit_to_bytes t.left 0 bytes at many;
      t.left <- Cstruct.shift t.left many;
      many

    let really_input t bytes at length =
      if input t bytes at length < length then raise End_of_file

    let output t bytes at length = Buffer.add_subbytes t bytes at length
    let close_out _ = ()
  end)

let really_read = Io.really_read
let really_write = Io.really_write

module Header = Io.Header
module Archive = Io.Archive

module Header = Tar_header

module type ASYNC = sig
  type 'a t

  val ( >>= ) : 'a t -> ('a -> 'b t) -> 'b t
  val return : 'a -> 'a t
end

module type READER = sig
  type in_channel
  type 'a t

  val really_read : in_channel -> Cstruct.t -> unit t
  val skip : in_channel -> int -> unit t
end

module type WRITER = sig
  type out_channel
  type 'a t

  val really_write : out_channel -> Cstruct.t -> unit t
end

let padding length = (512 - (length land 511)) land 511

module HeaderReader (Async : ASYNC) (Reader : READER with type 'a t = 'a Async.t) = struct
  open Async

  let channels : Reader.in_channel Tar_channels.t = Tar_channels.create ()

  let rec skip_map channel =
    let block = Cstruct.create Header.length in
    Reader.really_read channel block >>= fun () ->
    if Tar_members.another_map_block block then skip_map channel else return ()

  let read ?level:_ channel =
    let block = Cstruct.create Header.length in
    let rec next known =
      Reader.really_read channel block >>= fun () ->
      match Tar_members.header known block with
      | End -> return (Error `Eof)
      | No_header -> raise Header.Checksum_mismatch
      | Damaged sentence -> failwith ("Tar.HeaderReader.read: " ^ sentence)
      | Member (known, member) ->
          (if member.map_follows then skip_map channel else return ()) >>= fun () ->
          Tar_channels.put channels channel known;
          return (Ok member.header)
      | Extension (length, take) ->
          let text = Cstruct.create length in
          Reader.really_read channel text >>= fun () ->
          Reader.skip channel (padding length) >>= fun () ->
          (match take (Cstruct.to_string text) with
           | Ok known -> next known
           | Error sentence -> failwith ("Tar.HeaderReader.read: " ^ sentence))
    in
    next (Tar_channels.take channels channel)
end

module HeaderWriter (Async : ASYNC) (Writer : WRITER with type 'a t = 'a Async.t) = struct
  open Async

  let block ?level flag header channel =
    let c = Cstruct.create Header.length in
    Header.marshal ?level c header;
    Option.iter (fun flag -> Header.set_flag c flag) flag;
    Writer.really_write channel c

  (* A member of its own, whose data says something of the next. *)
  let extension ?level flag name text channel =
    let header = Header.make name (Int64.of_int (String.length text)) in
    block ?level (Some flag) header channel >>= fun () ->
    Writer.really_write channel (Cstruct.of_string (text ^ String.make (padding (String.length text)) '\000'))

  let cut s = String.sub s 0 (min 100 (String.length s))
  let is_long s = String.length s > 100

  let gnu ~level (t : Header.t) channel =
    let long flag s =
      if is_long s then extension ~level flag "././@LongLink" (s ^ "\000") channel else return ()
    in
    long 'K' t.link_name >>= fun () -> long 'L' t.file_name

  let pax ~level (t : Header.t) channel =
    let when_long s = if is_long s then Some s else None in
    let owner s = if String.length s > 32 then Some s else None in
    let said =
      {
        Tar_extended.empty with
        path = when_long t.file_name;
        link_path = when_long t.link_name;
        uname = owner t.uname;
        gname = owner t.gname;
      }
    in
    extension ~level 'x' "PaxHeader" (Tar_extended.marshal said) channel

  let write ?level (t : Header.t) channel =
    let level = Option.value ~default:!Header.compatibility_level level in
    let shown s = String.sub s 0 (min 32 (String.length s)) in
    let short =
      { t with file_name = cut t.file_name; link_name = cut t.link_name; uname = shown t.uname; gname = shown t.gname }
    in
    (if Header.fits t then return ()
     else if level = GNU || level = OldGNU then gnu ~level t channel
     else pax ~level t channel)
    >>= fun () -> block ~level None short channel
end

module type IO = sig
  type in_channel
  type out_channel

  val really_input : in_channel -> bytes -> int -> int -> unit
  val input : in_channel -> bytes -> int -> int -> int
  val output : out_channel -> bytes -> int -> int -> unit
  val close_out : out_channel -> unit
end

module Direct = struct
  type 'a t = 'a

  let ( >>= ) a f = f a
  let return a = a
end

module Make (IO : IO) = struct
  let really_read channel c =
    let bytes = Bytes.create (Cstruct.length c) in
    IO.really_input channel bytes 0 (Bytes.length bytes);
    Cstruct.blit_from_bytes bytes 0 c 0 (Bytes.length bytes)

  let really_write channel c =
    IO.output channel (Cstruct.to_bytes c) 0 (Cstruct.length c)

  let piece_bytes = 65536

  (* Calls [f] with piece after piece of the next [length] bytes. *)
  let pieces channel length f =
    let buffer = Bytes.create (min piece_bytes length) in
    let rec from left =
      if left > 0 then begin
        let many = min left (Bytes.length buffer) in
        IO.really_input channel buffer 0 many;
        f buffer many;
        from (left - many)
      end
    in
    from length

  let skip channel length = pieces channel length (fun _ _ -> ())

  module Reader = HeaderReader (Direct) (struct
      type in_channel = IO.in_channel
      type 'a t = 'a

      let really_read = really_read
      let skip = skip
    end)

  module Writer = HeaderWriter (Direct) (struct
      type out_channel = IO.out_channel
      type 'a t = 'a

      let really_write = really_write
    end)

  module Header = struct
    include Header

    let get_next_header ?level channel =
      match Reader.read ?level channel with
      | Ok header -> header
      | Error `Eof -> raise End_of_stream
  end

  let write_block ?level header write channel =
    Writer.write ?level header channel;
    write channel;
    really_write channel (Header.zero_padding header)

  let write_end channel =
    really_write channel Header.zero_block;
    really_write channel Header.zero_block

  module Archive = struct
    let skip = skip

    let copy_n from into length =
      pieces from (Int64.to_int length) (fun buffer many -> IO.output into buffer 0 many)

    let padding_of (header : Header.t) = padding (Int64.to_int header.file_size)

    let with_next_file channel f =
      let header = Header.get_next_header channel in
      let answer = f channel header in
      skip channel (padding_of header);
      answer

    let fold ?level channel f start =
      let rec from answer =
        match Header.get_next_header ?level channel with
        | exception Header.End_of_stream -> answer
        | exception End_of_file -> answer
        | header -> from (f answer header)
      in
      from start

    let list ?level channel =
      let one found (header : Header.t) =
        skip channel (Int64.to_int header.file_size + padding_of header);
        header :: found
      in
      List.rev (fold ?level channel one [])

    let extract_gen out channel =
      let one () (header : Header.t) =
        let into = out header in
        Fun.protect
          ~finally:(fun () -> IO.close_out into)
          (fun () -> copy_n channel into header.file_size);
        skip channel (padding_of header)
      in
      fold channel one ()

    let create_gen ?level members channel =
      Tar_stream.iter (fun (header, write) -> write_block ?level header write channel) members;
      write_end channel
  end
end

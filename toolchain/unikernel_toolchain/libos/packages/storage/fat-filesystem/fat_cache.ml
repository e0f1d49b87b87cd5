(* Every write goes to the device at once, so that the cache holds nothing the device does not:
   blocks may be dropped at any time, and are when a write fails, since nobody knows then what
   the device has. *)

let most_blocks = 64
let ( let* ) = Lwt_result.bind

module Make (B : Fat_device.S) = struct
  type t = {
    device : B.t;
    info : Mirage_block.info;
    block_bytes : int;
    blocks : (int, Cstruct.t) Fat_recent.t;
    mutable is_flushed : bool;
  }

  let connect device =
    let of_info (info : Mirage_block.info) =
      let block_bytes = info.sector_size * max 1 (4096 / info.sector_size) in
      { device; info; block_bytes; blocks = Fat_recent.create ~most:most_blocks ~most_weight:max_int; is_flushed = not info.read_write }
    in
    Lwt.map of_info (B.get_info device)

  let device t = t.device
  let read_write t = t.info.read_write
  let sector_bytes t = t.info.sector_size
  let size_bytes t = Int64.to_int t.info.size_sectors * t.info.sector_size

  let from_device t ~offset bytes =
    let sector = Int64.of_int (offset / sector_bytes t) in
    Lwt_result.map_error (fun e -> `Block_read e) (B.read t.device sector [ bytes ])

  let to_device t ~offset buffers =
    t.is_flushed <- false;
    let sector = Int64.of_int (offset / sector_bytes t) in
    Lwt_result.map_error (fun e -> `Block_write e) (B.write t.device sector buffers)

  let barrier t =
    if t.is_flushed then Lwt.return_ok ()
    else
      let* () = Lwt_result.map_error (fun e -> `Block_write e) (B.flush t.device) in
      t.is_flushed <- true;
      Lwt.return_ok ()

  let load t number =
    match Fat_recent.find t.blocks number with
    | Some bytes -> Lwt.return_ok bytes
    | None ->
        let offset = number * t.block_bytes in
        let bytes = Cstruct.create (min t.block_bytes (size_bytes t - offset)) in
        let* () = from_device t ~offset bytes in
        Fat_recent.put t.blocks number ~weight:1 bytes;
        Lwt.return_ok bytes

  let block t offset =
    let* bytes = load t (offset / t.block_bytes) in
    Lwt.return_ok (bytes, offset mod t.block_bytes)

  (* Calls [f] with each block that the range touches: where in the block, where in the range,
     how much. *)
  let over t ~offset ~length f =
    let rec from at =
      if at = length then Lwt.return_ok ()
      else
        let* bytes, inside = block t (offset + at) in
        let many = min (length - at) (Cstruct.length bytes - inside) in
        let* () = f bytes ~inside ~at ~many in
        from (at + many)
    in
    from 0

  let read t ~offset ~length =
    let whole = Cstruct.create length in
    let* () =
      over t ~offset ~length (fun bytes ~inside ~at ~many ->
          Cstruct.blit bytes inside whole at many;
          Lwt.return_ok ())
    in
    Lwt.return_ok whole

  let down t offset = offset - (offset mod sector_bytes t)
  let up t offset = down t (offset + sector_bytes t - 1)

  let write t ~offset data =
    over t ~offset ~length:(Cstruct.length data) (fun bytes ~inside ~at ~many ->
        Cstruct.blit data at bytes inside many;
        let first = down t inside and last = up t (inside + many) in
        let start = offset + at - inside in
        Lwt.bind
          (to_device t ~offset:(start + first) [ Cstruct.sub bytes first (last - first) ])
          (fun answer ->
             if Result.is_error answer then Fat_recent.remove t.blocks (start / t.block_bytes);
             Lwt.return answer))

  let read_data t ~offset ~length =
    let first = down t offset in
    let bytes = Cstruct.create_unsafe (up t (offset + length) - first) in
    let* () = from_device t ~offset:first bytes in
    Lwt.return_ok (Cstruct.sub bytes (offset - first) length)

  (* The sector around [offset], with [data] from there on as far as it goes. *)
  let mended t ~offset data =
    let* sector = read_data t ~offset:(down t offset) ~length:(sector_bytes t) in
    let inside = offset mod sector_bytes t in
    let many = min (Cstruct.length data) (sector_bytes t - inside) in
    Cstruct.blit data 0 sector inside many;
    Lwt.return_ok (sector, Cstruct.shift data many)

  let forget t ~offset ~length =
    for number = offset / t.block_bytes to (offset + length - 1) / t.block_bytes do
      Fat_recent.remove t.blocks number
    done

  let write_data t ~offset data =
    let length = Cstruct.length data in
    let* head, rest =
      if offset = down t offset && length >= sector_bytes t then Lwt.return_ok ([], data)
      else
        let* sector, rest = mended t ~offset data in
        Lwt.return_ok ([ sector ], rest)
    in
    let whole = down t (Cstruct.length rest) in
    let middle, end_ = Cstruct.split rest whole in
    let* tail =
      if Cstruct.length end_ = 0 then Lwt.return_ok []
      else
        let* sector, _ = mended t ~offset:(offset + length - Cstruct.length end_) end_ in
        Lwt.return_ok [ sector ]
    in
    forget t ~offset ~length;
    to_device t ~offset:(down t offset) (head @ (if whole = 0 then [] else [ middle ]) @ tail)
end

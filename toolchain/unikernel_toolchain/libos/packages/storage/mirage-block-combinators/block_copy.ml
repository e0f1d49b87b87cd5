open Lwt.Infix
open Lwt_result.Syntax

module Errors (A : Mirage_block.S) (B : Mirage_block.S) = struct
  type error =
    [ `Is_read_only | `Different_sizes | `Source of A.error | `Destination of B.write_error ]

  let pp_error ppf = function
    | `Is_read_only -> Format.pp_print_string ppf "the block device to copy to is read-only"
    | `Different_sizes ->
        Format.pp_print_string ppf "the block devices to copy between have different sizes"
    | `Source e -> Format.fprintf ppf "the block device to copy from: %a" A.pp_error e
    | `Destination e -> Format.fprintf ppf "the block device to copy to: %a" B.pp_write_error e

  (* Whether there can be a copy, and what both are. *)
  let fit src dst =
    A.get_info src >>= fun of_src ->
    B.get_info dst >|= fun of_dst ->
    if not of_dst.read_write then Error `Is_read_only
    else if Block_sweep.bytes of_src <> Block_sweep.bytes of_dst then Error `Different_sizes
    else Ok (of_src, of_dst)

  let copy src (of_src : Mirage_block.info) dst (of_dst : Mirage_block.info) ~first ~size =
    let piece = Block_sweep.piece_bytes [ of_src; of_dst ] in
    let buffer = Cstruct.create piece in
    let at offset (info : Mirage_block.info) =
      Int64.div offset (Int64.of_int info.sector_size)
    in
    let visit offset length () =
      let part = [ Cstruct.sub buffer 0 length ] in
      let* () = Lwt_result.map_error (fun e -> `Source e) (A.read src (at offset of_src) part) in
      Lwt_result.map_error (fun e -> `Destination e) (B.write dst (at offset of_dst) part)
    in
    Block_sweep.pieces ~first ~size ~piece visit ()
end

module Copy (A : Mirage_block.S) (B : Mirage_block.S) = struct
  include Errors (A) (B)

  let v ~src ~dst =
    let* of_src, of_dst = fit src dst in
    copy src of_src dst of_dst ~first:0L ~size:(Block_sweep.bytes of_src)
end

module Sparse_copy (A : Block_sweep.SEEKABLE) (B : Mirage_block.S) = struct
  include Errors (A) (B)
  module Mapped = Block_fold.Fast_fold (A)

  (* Bounds of what is mapped are those of the source's sectors; the destination's may be
     larger. *)
  let aligned ~unit ~size (first, last) =
    let down offset = Int64.mul (Int64.div offset unit) unit in
    let up offset = Int64.min size (down (Int64.add offset (Int64.pred unit))) in
    (down first, up last)

  let unmapped src =
    let add ranges first length = Lwt.return ((first, Int64.add first length) :: ranges) in
    Lwt_result.map_error (fun e -> `Source e) (Mapped.unmapped_s ~f:add [] src)

  (* What lies between the unmapped ranges, which come last first. *)
  let between ~last unmapped =
    let add (mapped, last) (first, next) = ((next, last) :: mapped, first) in
    let mapped, last = List.fold_left add ([], last) unmapped in
    List.filter (fun (first, last) -> Int64.compare first last < 0) ((0L, last) :: mapped)

  let v ~src ~dst =
    let* of_src, of_dst = fit src dst in
    let* unmapped = unmapped src in
    let size = Block_sweep.bytes of_src and unit = Int64.of_int of_dst.sector_size in
    let bytes sectors = Int64.mul sectors (Int64.of_int of_src.sector_size) in
    let rec each = function
      | [] -> Lwt.return_ok ()
      | (first, last) :: rest ->
          let first, last = aligned ~unit ~size (bytes first, bytes last) in
          let* () = copy src of_src dst of_dst ~first ~size:(Int64.sub last first) in
          each rest
    in
    each (between ~last:of_src.size_sectors unmapped)
end

module Fill (A : Mirage_block.S) = struct
  let random disk =
    A.get_info disk >>= fun info ->
    let piece = Block_sweep.piece_bytes [ info ] in
    let buffer = Cstruct.create piece in
    let visit offset length () =
      let part = Cstruct.sub buffer 0 length in
      for i = 0 to length - 1 do
        Cstruct.set_uint8 part i (Random.bits () land 255)
      done;
      A.write disk (Int64.div offset (Int64.of_int info.sector_size)) [ part ]
    in
    Block_sweep.pieces ~first:0L ~size:(Block_sweep.bytes info) ~piece visit ()
end

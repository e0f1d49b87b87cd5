open Lwt.Infix
open Lwt_result.Syntax

(* The sectors from [first] on, before [last]. *)
module Range (A : Mirage_block.S) = struct
  let fold (info : Mirage_block.info) ~f ~first ~last acc disk =
    let piece = Block_sweep.piece_bytes [ info ] in
    let buffer = Cstruct.create piece and sector_size = Int64.of_int info.sector_size in
    let in_bytes sectors = Int64.mul sectors sector_size in
    let visit offset length acc =
      let sector = Int64.div offset sector_size and part = Cstruct.sub buffer 0 length in
      let* () = A.read disk sector [ part ] in
      Lwt_result.ok (f acc sector part)
    in
    Block_sweep.pieces ~first:(in_bytes first)
      ~size:(in_bytes (Int64.sub last first))
      ~piece visit acc
end

module Fold (A : Mirage_block.S) = struct
  module Range = Range (A)

  let s ~f acc disk =
    A.get_info disk >>= fun info ->
    Range.fold info ~f ~first:0L ~last:info.size_sectors acc disk
end

module Fast_fold (A : Block_sweep.SEEKABLE) = struct
  module Range = Range (A)

  (* A device that does not move on would keep us for ever. *)
  let beyond first ~size found =
    if Int64.compare found first <= 0 then Int64.min size (Int64.succ first)
    else Int64.min size found

  let mapped_s ~f acc disk =
    A.get_info disk >>= fun info ->
    let size = info.size_sectors in
    let rec from sector acc =
      let* first = A.seek_mapped disk sector in
      if Int64.compare first size >= 0 then Lwt.return_ok acc
      else
        let* found = A.seek_unmapped disk first in
        let last = beyond first ~size found in
        let* acc = Range.fold info ~f ~first ~last acc disk in
        if Int64.compare last size >= 0 then Lwt.return_ok acc else from last acc
    in
    from 0L acc

  let unmapped_s ~f acc disk =
    A.get_info disk >>= fun info ->
    let size = info.size_sectors in
    let rec from sector acc =
      let* first = A.seek_unmapped disk sector in
      if Int64.compare first size >= 0 then Lwt.return_ok acc
      else
        let* found = A.seek_mapped disk first in
        let last = beyond first ~size found in
        f acc first (Int64.sub last first) >>= fun acc ->
        if Int64.compare last size >= 0 then Lwt.return_ok acc else from last acc
    in
    from 0L acc
end

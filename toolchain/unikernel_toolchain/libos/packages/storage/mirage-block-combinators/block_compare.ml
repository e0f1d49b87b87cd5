open Lwt.Infix
open Lwt_result.Syntax

module Make (A : Mirage_block.S) (B : Mirage_block.S) = struct
  type error = [ `A of A.error | `B of B.error ]

  let pp_error ppf = function `A e -> A.pp_error ppf e | `B e -> B.pp_error ppf e
  let at offset (info : Mirage_block.info) = Int64.div offset (Int64.of_int info.sector_size)

  let contents a (of_a : Mirage_block.info) b of_b =
    let piece = Block_sweep.piece_bytes [ of_a; of_b ] in
    let in_a = Cstruct.create piece and in_b = Cstruct.create piece in
    let visit offset length order =
      if order <> 0 then Lwt.return_ok order
      else
        let in_a = Cstruct.sub in_a 0 length and in_b = Cstruct.sub in_b 0 length in
        let* () = Lwt_result.map_error (fun e -> `A e) (A.read a (at offset of_a) [ in_a ]) in
        let* () = Lwt_result.map_error (fun e -> `B e) (B.read b (at offset of_b) [ in_b ]) in
        Lwt.return_ok (Cstruct.compare in_a in_b)
    in
    Block_sweep.pieces ~first:0L ~size:(Block_sweep.bytes of_a) ~piece visit 0

  let v a b =
    A.get_info a >>= fun of_a ->
    B.get_info b >>= fun of_b ->
    match Int64.compare (Block_sweep.bytes of_a) (Block_sweep.bytes of_b) with
    | 0 -> contents a of_a b of_b
    | order -> Lwt.return_ok order
end

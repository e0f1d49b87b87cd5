module type SEEKABLE = sig
  include Mirage_block.S

  val seek_unmapped : t -> int64 -> (int64, error) result Lwt.t
  val seek_mapped : t -> int64 -> (int64, error) result Lwt.t
end

let aim = 65536
let bytes (info : Mirage_block.info) = Int64.mul info.size_sectors (Int64.of_int info.sector_size)
let rec gcd a b = if b = 0 then a else gcd b (a mod b)
let lcm a b = a / gcd a b * b

let piece_bytes infos =
  let sector (info : Mirage_block.info) = info.sector_size in
  let common = List.fold_left lcm 1 (List.map sector infos) in
  common * Int.max 1 (aim / common)

let rec pieces ~first ~size ~piece visit acc =
  if Int64.compare size 0L <= 0 then Lwt.return_ok acc
  else
    let length = Int64.to_int (Int64.of_int piece |> fun p -> if Int64.compare size p < 0 then size else p) in
    Lwt.bind (visit first length acc) (function
        | Error e -> Lwt.return_error e
        | Ok acc ->
            let past = Int64.of_int length in
            pieces ~first:(Int64.add first past) ~size:(Int64.sub size past) ~piece visit acc)

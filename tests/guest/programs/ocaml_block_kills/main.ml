(* Writes to a bare block device in rounds: four runs of sectors at once, a flush, and then
   the round's number is said. A sector holds the round it is of, its own place and a
   checksum. At its start it says after which round everything is as it was written, sector
   by sector; it is killed at any moment.

   Of the last round any part may be there, unless it was said; of all before, everything. *)

open Lwt.Infix

let sectors = 2048
let size = 512
let sum_at = size - 16
let say text = print_string (text ^ "\n"); flush stdout

let text ~round ~sector =
  let head = Printf.sprintf "%d %d " round sector in
  let filler = Char.chr (97 + ((round + sector) mod 26)) in
  let body = head ^ String.make (sum_at - String.length head) filler in
  body ^ Digest.string body

(* Where a round writes: first sectors and lengths, which may overlap. *)
let runs round =
  let run i =
    let first = ((round * 977) + (i * 613)) mod sectors in
    (first, min (1 + (((round * 7) + (i * 13)) mod 24)) (sectors - first))
  in
  List.init 4 run

let writes round sector =
  round >= 0 && List.exists (fun (first, n) -> sector >= first && sector < first + n) (runs round)

(* The round that a sector is of; -1 when nothing was written to it. *)
let round_of disk sector =
  let found = Cstruct.to_string (Cstruct.sub disk (sector * size) size) in
  if found = String.make size '\000' then -1
  else
    match int_of_string_opt (List.hd (String.split_on_char ' ' found)) with
    | Some round when writes round sector && found = text ~round ~sector -> round
    | _ -> Fmt.failwith "sector %d holds what was never written to it" sector

(* The last round up to [last] that writes to each sector, as far back as matters. *)
let expected last =
  let found = Array.make sectors None and oldest = max 0 (last - 2000) in
  for round = oldest to last do
    List.iter (fun (first, n) -> Array.fill found first n (Some round)) (runs round)
  done;
  (oldest, found)

let check disk =
  let there = Array.init sectors (round_of disk) in
  let newest = Array.fold_left max (-1) there in
  let is_whole = List.for_all (fun (first, n) -> Array.for_all (( = ) newest) (Array.sub there first n)) in
  let last = if newest < 0 || is_whole (runs newest) then newest else newest - 1 in
  let oldest, latest = expected last in
  let right sector round =
    round > last
    ||
    match latest.(sector) with
    | Some expected -> round = expected
    | None -> round < oldest
  in
  Array.iteri
    (fun sector round ->
       if not (right sector round) then say (Printf.sprintf "problem: sector %d is of round %d" sector round))
    there;
  last

let done_ = function Ok () -> () | Error e -> Fmt.failwith "%a" Block.pp_write_error e

let rec write block round =
  let write_run (first, n) =
    let sector i = Cstruct.of_string (text ~round ~sector:(first + i)) in
    Block.write block (Int64.of_int first) (List.init n sector) >|= done_
  in
  Lwt.join (List.map write_run (runs round)) >>= fun () ->
  Block.flush block >>= fun flushed ->
  done_ flushed;
  say (string_of_int round);
  write block (round + 1)

let start (block : Block.t) =
  let disk = Cstruct.create (sectors * size) in
  Block.read block 0L [ disk ] >>= fun read ->
  (match read with Ok () -> () | Error e -> Fmt.failwith "%a" Block.pp_error e);
  let last = check disk in
  say (Printf.sprintf "whole after %d" last);
  write block (last + 1)

(* Writes value after value, and says which were answered. At its start it says of which round
   the store is, after a look at all that must be there then; it is killed at any moment. *)

open Lwt.Infix
module Store = Mirage_kv_block.Make (Block) (Pclock)
module Key = Mirage_kv.Key

let keys = 51
let key round = Key.v (Printf.sprintf "d%d/k%d" (round mod 3) (round mod 17))

let value round =
  string_of_int round ^ ":" ^ String.make (round * 977 mod 20_000) (Char.chr (97 + (round mod 26)))

let round_of value = int_of_string (List.hd (String.split_on_char ':' value))
let say text = print_string (text ^ "\n"); flush stdout

let get store key =
  Store.get store key >|= function
  | Ok value -> Some value
  | Error (`Not_found _) -> None
  | Error e -> Fmt.failwith "get %a: %a" Key.pp key Store.pp_error e

(* Rounds come one after the other: the last one says what every key must have. *)
let check store =
  Lwt_list.map_s (fun slot -> get store (key slot)) (List.init keys Fun.id) >|= fun values ->
  let last = List.fold_left (fun last it -> max last (Option.fold ~none:(-1) ~some:round_of it)) (-1) values in
  let right slot found =
    let latest = last - ((last - slot + keys) mod keys) in
    let expected = if latest < 0 then None else Some (value latest) in
    if found <> expected then Fmt.failwith "round %d: %a is not of round %d" last Key.pp (key slot) latest
  in
  if last >= 0 then List.iteri right values;
  last

let rec write store round =
  Store.set store (key round) (value round) >>= function
  | Ok () ->
      say (string_of_int round);
      write store (round + 1)
  | Error e -> Fmt.failwith "set: %a" Store.pp_write_error e

let start (block : Block.t) =
  Store.connect block >>= fun store ->
  Store.check block >>= fun report ->
  List.iter (fun problem -> say ("problem: " ^ problem)) report.problems;
  check store >>= fun last ->
  say (Printf.sprintf "whole after %d" last);
  write store (last + 1)

(* Removes file after file and writes it anew, and says which were answered. At its start it says
   of which round the file system is, after a look at all that must be there then; it is killed at
   any moment. *)

open Lwt.Infix
module Fs = Fat.Durable_FS (Block)

let files = 51
let path round = Printf.sprintf "d%d/a name of file %d" (round mod 3) (round mod 17)

let value round =
  string_of_int round ^ ":" ^ String.make (round * 977 mod 20_000) (Char.chr (97 + (round mod 26)))

let say text = print_string (text ^ "\n"); flush stdout
let failed path e = Fmt.failwith "%s: %a" path Fs.pp_write_error (e :> Fs.write_error)

let read fs path =
  Fs.size fs path >>= function
  | Error `No_directory_entry -> Lwt.return_none
  | Error e -> failed path e
  | Ok size -> (
      Fs.read fs path 0 (Int64.to_int size) >|= function
      | Ok pieces -> Some (Cstruct.copyv pieces)
      | Error e -> failed path e)

(* The round of a file that is whole. *)
let round_of text =
  match int_of_string_opt (List.hd (String.split_on_char ':' text)) with
  | Some round when text = value round -> Some round
  | Some _ | None -> None

(* Rounds come one after the other: the last one says what every file must have, but for that of
   the next, which is removed before it is written. *)
let check fs =
  Lwt_list.map_s (fun slot -> read fs (path slot)) (List.init files Fun.id) >|= fun texts ->
  let last = List.fold_left (fun last text -> max last (Option.value ~default:(-1) (Option.bind text round_of))) (-1) texts in
  let right slot found =
    let latest = last - ((last - slot + files) mod files) in
    let expected = if latest < 0 then None else Some (value latest) in
    let is_next = slot = (last + 1) mod files in
    if found <> expected && not (is_next && (found = None || found = Some "")) then
      Fmt.failwith "round %d: %s is not of round %d" last (path slot) latest
  in
  List.iteri right texts;
  last

let rec write fs round =
  let path = path round in
  Fs.destroy fs path >>= function
  | Error e when round >= files && e <> `No_directory_entry -> failed path e
  | Ok () | Error _ -> (
      Fs.write fs path 0 (Cstruct.of_string (value round)) >>= function
      | Ok () ->
          say (string_of_int round);
          write fs (round + 1)
      | Error e -> failed path e)

let start (block : Block.t) =
  Fs.connect block >>= fun fs ->
  check fs >>= fun last ->
  say (Printf.sprintf "whole after %d" last);
  write fs (last + 1)

(* packages: fat-filesystem memory-block virtual-network *)

(* Guests that are killed while they write to FAT. The device has written some requests whole and
   of the next any of its sectors; then it is connected anew. What was acknowledged must be
   there, as it was, and fsck.fat must find nothing worse than clusters that belong to nothing. *)

module Fs = Fat.FS (Memory_block)
module Files = Map.Make (String)

let run = Memory_block.run
let disk = Filename.temp_file "fat-kills" ".img"
let log = disk ^ ".log"
let () = at_exit (fun () -> List.iter (fun path -> if Sys.file_exists path then Sys.remove path) [ disk; log ])

let contents path =
  let channel = open_in_bin path in
  Fun.protect
    ~finally:(fun () -> close_in channel)
    (fun () -> really_input_string channel (in_channel_length channel))

let to_disk text =
  let channel = open_out_bin disk in
  output_string channel text;
  close_out channel

let command words =
  let line = String.concat " " words ^ " >" ^ Filename.quote log ^ " 2>&1" in
  let path = "PATH=$PATH:/usr/sbin:/sbin; " in
  Sys.command (path ^ line)

(* What mkfs.fat makes, as a device begins. FAT32 of this size is smaller than it may be, which
   nobody minds. *)
let fresh =
  let made (kind, kib) =
    to_disk "";
    if command [ "mkfs.fat"; "-F"; kind; "-s 1 -C"; Filename.quote (disk ^ ".new"); kib ] <> 0 then
      failwith (contents log);
    let text = contents (disk ^ ".new") in
    Sys.remove (disk ^ ".new");
    text
  in
  lazy (Array.map made [| ("12", "512"); ("16", "3000"); ("32", "1200") |])

(* ---- What fsck.fat says *)

let harmless =
  [ "fsck.fat "; "Reclaimed "; "Leaving filesystem unchanged"; "FATs differ"; "  Using first FAT"; "Free cluster summary";
    "  Auto-correcting"; "Warning: Filesystem is FAT32"; "  but has only"; "  This may lead"; disk ]

let begins line word =
  String.length line >= String.length word && String.sub line 0 (String.length word) = word

(* Of a name of more than 195 characters, which does not fit into a sector; these have one letter. *)
let is_part line =
  let of_letter words c = begins line (Printf.sprintf "%s \"%s" words (String.make 4 c)) in
  List.exists (of_letter "Long filename fragment") [ 'v'; 'w' ]
  || List.exists (of_letter "Orphaned long file name part") [ 'v'; 'w' ]

let worse lines =
  let rec look = function
    | part :: "  (Maybe the start bit is missing on the last fragment)" :: "  Not auto-correcting this." :: others
    | part :: "  Auto-deleting." :: others
      when is_part part ->
        Seeded_runs.reach "a part of a very long name";
        look others
    | path :: size :: truncating :: others
      when begins path "/" && begins size "  File size is " && begins truncating "  Truncating file to " ->
        Seeded_runs.reach "a chain longer than its file";
        look others
    | line :: others ->
        if line = "" || List.exists (begins line) harmless then begin
          if begins line "Reclaimed" then Seeded_runs.reach "clusters of nothing";
          if begins line "FATs differ" then Seeded_runs.reach "tables that differ";
          look others
        end
        else Some line
    | [] -> None
  in
  look lines

let fsck text =
  to_disk text;
  let status = command [ "fsck.fat -n"; Filename.quote disk ] in
  (status, contents log)

(* What is connected puts in order what a kill left. *)
let check_sound what text =
  let status, said = fsck text in
  if status <> 0 then failwith (Printf.sprintf "%s: fsck.fat says:\n%s" what said)

let check_harmless what text =
  let _, said = fsck text in
  match worse (String.split_on_char '\n' said) with
  | None -> ()
  | Some line -> failwith (Printf.sprintf "%s: fsck.fat says %S in:\n%s" what line said)

(* ---- What a guest does, and what is to be there *)

type operation =
  | Write of string * int * string
  | Create of string
  | Remove of string
  | Mkdir of string
  | Failed of string

type step = {
  operation : operation;
  before : string Files.t;
  after : string Files.t;
  written : int;  (* requests when it was acknowledged *)
}

let names =
  [| "a"; "LONG.TXT"; "a name with blanks.text"; "dir/b"; "dir/a longer name than most.text";
     "dir/sub/c"; String.make 230 'w'; "dir/" ^ String.make 199 'v' |]

let letters n =
  let first = Seeded_runs.below 26 in
  String.init n (fun i -> Char.chr (97 + ((first + i) mod 26)))

let overwritten old at text =
  let size = max (String.length old) (at + String.length text) in
  let bytes = Bytes.make size '\000' in
  Bytes.blit_string old 0 bytes 0 (String.length old);
  Bytes.blit_string text 0 bytes at (String.length text);
  Bytes.to_string bytes

let operation files =
  let name = Seeded_runs.pick names in
  let size = String.length (Option.value ~default:"" (Files.find_opt name files)) in
  match Seeded_runs.below 10 with
  | 0 -> Create name
  | 1 | 2 -> Remove name
  | 3 -> Mkdir (Seeded_runs.pick [| "dir"; "dir/sub"; "other/deep" |])
  | 4 | 5 | 6 -> Write (name, size, letters (1 + Seeded_runs.below 3000))
  | _ -> Write (name, Seeded_runs.below (size + 700), letters (1 + Seeded_runs.below 9000))

let perform fs = function
  | Write (name, at, text) -> run (Fs.write fs name at (Cstruct.of_string text))
  | Create name -> run (Fs.create fs name)
  | Remove name -> run (Fs.destroy fs name)
  | Mkdir name -> run (Fs.mkdir fs name)
  | Failed _ -> Ok ()

let after files = function
  | Write (name, at, text) ->
      Files.add name (overwritten (Option.value ~default:"" (Files.find_opt name files)) at text) files
  | Create name -> Files.add name "" files
  | Remove name -> Files.remove name files
  | Mkdir _ | Failed _ -> files

let content fs name =
  match run (Fs.size fs name) with
  | Error _ -> None
  | Ok size -> (
      match run (Fs.read fs name 0 (Int64.to_int size)) with
      | Ok pieces -> Some (Cstruct.copyv pieces)
      | Error _ -> failwith (name ^ " cannot be read"))

(* What failed for want of room was never acknowledged; what it left is what the next finds. *)
let rec steps device fs files left =
  if left = 0 then []
  else
    let operation = operation files in
    let operation, after =
      match (perform fs operation, operation) with
      | Ok (), _ -> (operation, after files operation)
      | Error `No_space, (Write (name, _, _) | Create name) ->
          let text = content fs name in
          (Failed name, Files.update name (fun _ -> text) files)
      | Error (`File_already_exists | `No_directory_entry | `No_space), _ -> (Failed "", files)
      | Error e, _ -> failwith (Format.asprintf "%a" Fs.pp_write_error e)
    in
    let step = { operation; before = files; after; written = Memory_block.recorded device } in
    step :: steps device fs after (left - 1)

(* ---- After the kill *)

(* Every byte is the old one or the new one, and none of the old are missing. *)
let between old new_ found =
  String.length found >= String.length old
  && String.length found <= String.length new_
  && begin
    let right = ref true in
    String.iteri
      (fun i c -> if not (c = new_.[i] || (i < String.length old && c = old.[i])) then right := false)
      found;
    !right
  end

let touched = function
  | Write (name, _, _) | Create name | Remove name | Failed name -> name
  | Mkdir _ -> ""

let check_files fs acknowledged under_way =
  let touched = Option.fold ~none:"" ~some:(fun step -> touched step.operation) under_way in
  let check_file name text =
    if name <> touched && content fs name <> Some text then failwith (name ^ " is not what was acknowledged")
  in
  Files.iter check_file acknowledged;
  match under_way with
  | None -> ()
  | Some { operation = Mkdir _ | Failed _; _ } -> ()
  | Some { operation; before; after; _ } -> (
      let old = Files.find_opt touched before and new_ = Files.find_opt touched after in
      match (operation, content fs touched, old, new_) with
      | Write _, Some found, _, Some new_ when between (Option.value ~default:"" old) new_ found -> ()
      | Write _, None, None, _ -> ()
      | _, found, old, new_ when found = old || found = new_ -> ()
      | _ -> failwith (touched ^ " is neither what it was nor what it becomes"))

let killed base writes steps =
  let whole = Seeded_runs.below (Array.length writes + 1) in
  let device = Memory_block.copy base in
  Array.iteri (fun i write -> if i < whole then Memory_block.apply device write ~only:(fun _ -> true)) writes;
  if whole < Array.length writes then
    Memory_block.apply device writes.(whole) ~only:(fun _ -> Seeded_runs.chance 50);
  check_harmless "killed" (Memory_block.content device);
  let acknowledged = List.filter (fun step -> step.written <= whole) steps in
  let files = match List.rev acknowledged with [] -> Files.empty | last :: _ -> last.after in
  let under_way = List.find_opt (fun step -> step.written > whole) steps in
  let fs = run (Fs.connect device) in
  check_files fs files under_way;
  check_sound "connected" (Memory_block.content device);
  (match run (Fs.write fs "afterwards" 0 (Cstruct.of_string (letters 2000))) with
   | Ok () | Error `No_space -> ()
   | Error e -> failwith (Format.asprintf "afterwards: %a" Fs.pp_write_error e));
  check_files fs files under_way;
  check_sound "afterwards" (Memory_block.content device)

let kills_a_run = 8

let one () =
  let base = Memory_block.of_content (Seeded_runs.pick (Lazy.force fresh)) in
  let device = Memory_block.copy base in
  let fs = run (Fs.connect device) in
  Memory_block.record device;
  let steps = steps device fs Files.empty (5 + Seeded_runs.below 30) in
  let writes = Memory_block.writes device in
  check_sound "not killed" (Memory_block.content device);
  for _ = 1 to kills_a_run do
    killed base writes steps
  done

let () =
  Seeded_runs.all ~default:25 "guests killed eight times" one;
  Seeded_runs.reached [ "clusters of nothing"; "tables that differ"; "a chain longer than its file" ]

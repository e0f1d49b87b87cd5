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

let harmless_lines =
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
        if line = "" || List.exists (begins line) harmless_lines then begin
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
let sound what text =
  let status, said = fsck text in
  if status <> 0 then failwith (Printf.sprintf "%s: fsck.fat says:\n%s" what said)

let harmless what text =
  let _, said = fsck text in
  match worse (String.split_on_char '\n' said) with
  | None -> ()
  | Some line -> failwith (Printf.sprintf "%s: fsck.fat says %S in:\n%s" what line said)

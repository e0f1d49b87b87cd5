(* packages: fat-filesystem memory-block *)

(* A FAT file system in a file of the host: fat_tool IMAGE COMMAND WORD... *)

module Fs = Fat.FS (Memory_block)

let run = Memory_block.run

let ok = function
  | Ok value -> value
  | Error e -> failwith (Format.asprintf "%a" Fs.pp_write_error e)

let read_ok answer = ok (answer : (_, Fs.error) result :> (_, Fs.write_error) result)

let contents path =
  let channel = open_in_bin path in
  Fun.protect
    ~finally:(fun () -> close_in channel)
    (fun () -> really_input_string channel (in_channel_length channel))

let to_file path text =
  let channel = open_out_bin path in
  output_string channel text;
  close_out channel

let content fs path =
  let size = Int64.to_int (read_ok (run (Fs.size fs path))) in
  Cstruct.copyv (read_ok (run (Fs.read fs path 0 size)))

(* A line a file, with the sum of what is in it; a line a directory. *)
let rec tree fs path =
  let one name =
    let path = path ^ "/" ^ name in
    let stat = read_ok (run (Fs.stat fs path)) in
    if stat.directory then begin
      print_endline (path ^ "/");
      tree fs path
    end
    else print_endline (path ^ " " ^ Digest.to_hex (Digest.string (content fs path)))
  in
  List.iter one (List.sort compare (read_ok (run (Fs.listdir fs path))))

let command fs = function
  | [ "tree" ] -> tree fs ""
  | [ "put"; path; file ] -> ok (run (Fs.write fs path 0 (Cstruct.of_string (contents file))))
  | [ "put"; path; file; at ] ->
      ok (run (Fs.write fs path (int_of_string at) (Cstruct.of_string (contents file))))
  | [ "mkdir"; path ] -> ok (run (Fs.mkdir fs path))
  | [ "create"; path ] -> ok (run (Fs.create fs path))
  | [ "remove"; path ] -> ok (run (Fs.destroy fs path))
  | words -> failwith ("no such command: " ^ String.concat " " words)

(* Words between commas are a command each. *)
let rec commands = function
  | [] -> []
  | words ->
      let rec cut found = function
        | "," :: others -> (List.rev found, others)
        | word :: others -> cut (word :: found) others
        | [] -> (List.rev found, [])
      in
      let first, others = cut [] words in
      first :: commands others

let () =
  match List.tl (Array.to_list Sys.argv) with
  | image :: "format" :: size :: rest ->
      let device = Memory_block.create (int_of_string size) in
      let fs = ok (run (Fs.format device (Int64.of_string size))) in
      List.iter (command fs) (commands (match rest with "," :: words -> words | _ -> []));
      to_file image (Memory_block.content device)
  | image :: words ->
      let device = Memory_block.of_content (contents image) in
      let fs = run (Fs.connect device) in
      List.iter (command fs) (commands words);
      to_file image (Memory_block.content device)
  | [] -> failwith "fat_tool IMAGE COMMAND WORD..."

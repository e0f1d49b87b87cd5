(* A block device whose disk comes, goes and changes while this runs: what is asked for on
   the console is done, and what became of it is said.

     info               how many sectors there are
     read N             what sector N begins with
     write N WORD       WORD, to the beginning of sector N
     flush
     stream             sector after sector, each with its number and flushed before it is
                        said, until one fails *)

open Lwt.Infix

module Main (Console : Mirage_console.S) = struct
  let said pp what = function
    | Ok text -> what ^ ": " ^ text
    | Error `Disconnected -> what ^ ": disconnected"
    | Error e -> what ^ ": " ^ Fmt.to_to_string pp e

  let sector text =
    let buffer = Cstruct.create 512 in
    Cstruct.blit_from_string text 0 buffer 0 (String.length text);
    buffer

  let word buffer =
    let text = Cstruct.to_string buffer in
    match String.index_opt text '\000' with
    | Some 0 -> "zeroes"
    | Some at -> String.sub text 0 at
    | None -> text

  let write disk at text =
    Block.write disk at [ sector text ] >|= fun r -> said Block.pp_write_error "write" (Result.map (fun () -> "ok") r)

  let read disk at =
    let buffer = Cstruct.create 512 in
    Block.read disk at [ buffer ] >|= fun r ->
    said Block.pp_error "read" (Result.map (fun () -> word buffer) r)

  let flush disk =
    Block.flush disk >|= fun r -> said Block.pp_write_error "flush" (Result.map (fun () -> "ok") r)

  let info disk =
    Block.get_info disk >|= fun (info : Mirage_block.info) ->
    Printf.sprintf "info: %Ld %s" info.size_sectors (if info.read_write then "writable" else "read-only")

  let rec stream disk number =
    let at = Int64.of_int (number mod 1024) in
    write disk at (string_of_int number) >>= fun written ->
    flush disk >>= fun flushed ->
    if written = "write: ok" && flushed = "flush: ok" then (
      if number mod 64 = 0 then Printf.printf "streamed %d\n%!" number;
      stream disk (number + 1))
    else Lwt.return (Printf.sprintf "stream ended after %d: %s, %s" (number - 1) written flushed)

  let answer disk line =
    match String.split_on_char ' ' line with
    | [ "info" ] -> info disk
    | [ "read"; at ] -> read disk (Int64.of_string at)
    | [ "write"; at; text ] -> write disk (Int64.of_string at) text
    | [ "flush" ] -> flush disk
    | [ "stream" ] -> stream disk 1
    | _ -> Lwt.return ("what is " ^ line ^ "?")

  let rec serve console disk text =
    match String.index_opt text '\n' with
    | Some at ->
        let rest = String.sub text (at + 1) (String.length text - at - 1) in
        answer disk (String.trim (String.sub text 0 at)) >>= fun said ->
        Console.log console ("[" ^ said ^ "]") >>= fun () -> serve console disk rest
    | None -> (
        Console.read console >>= function
        | Ok (`Data data) -> serve console disk (text ^ Cstruct.to_string data)
        | Ok `Eof | Error _ -> Lwt.return_unit)

  let start console =
    Block.connect "storage" >>= fun disk ->
    Console.log console "[ready]" >>= fun () -> serve console disk ""
end

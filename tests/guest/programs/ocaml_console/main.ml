open Lwt.Infix

module Main (Console : Mirage_console.S) = struct
  let rec read_line console text =
    Console.read console >>= function
    | Ok (`Data data) ->
        let text = text ^ Cstruct.to_string data in
        if String.contains text '\n' then Lwt.return (String.trim text)
        else read_line console text
    | Ok `Eof | Error _ -> Lwt.return "nothing"

  let start console =
    print_string "printed before: ";
    Console.log console "ready" >>= fun () ->
    read_line console "" >>= fun line ->
    Console.log console ("got " ^ line) >>= fun () ->
    Console.writev console [ Cstruct.of_string "two "; Cstruct.of_string "parts\n" ]
    >>= fun written ->
    assert (written = Ok ());
    Console.close console >>= fun () ->
    Console.log console "not to be seen" >>= fun () ->
    Console.read console >>= fun read ->
    Console.write console (Cstruct.of_string "nor this") >|= fun refused ->
    Printf.printf "closed: %s, %s\n"
      (match read with Ok `Eof -> "end of file" | _ -> "?")
      (match refused with Error `Closed -> "closed" | _ -> "?")
end

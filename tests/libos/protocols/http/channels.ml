(* packages: mirage-channel virtual-network *)

(* Buffered channels over a flow that gives bytes in awkward pieces. *)

open Lwt.Infix
open Case

module Flow = struct
  type error = |
  type write_error = Mirage_flow.write_error

  let pp_error _ : error -> unit = function _ -> .
  let pp_write_error = Mirage_flow.pp_write_error

  type flow = { mutable input : string list; written : Buffer.t; mutable closed : bool }

  let read t =
    match t.input with
    | [] -> Lwt.return (Ok `Eof)
    | piece :: rest ->
        t.input <- rest;
        Lwt.return (Ok (`Data (Cstruct.of_string piece)))

  let writev t buffers =
    if t.closed then Lwt.return (Error `Closed)
    else Lwt.return (Ok (Buffer.add_string t.written (Cstruct.copyv buffers)))

  let write t buffer = writev t [ buffer ]

  let close t =
    t.closed <- true;
    Lwt.return_unit
end

module Channel = Mirage_channel.Make (Flow)

let over input =
  let flow = { Flow.input; written = Buffer.create 10; closed = false } in
  (flow, Channel.create flow)

let run program = Virtual_time.run program

let text = function
  | Ok (`Data pieces) -> Cstruct.copyv pieces
  | Ok `Eof -> "<eof>"
  | Error (_ : Channel.error) -> "<error>"

let rec lines channel found =
  Channel.read_line channel >>= fun line ->
  match text line with
  | "<eof>" -> Lwt.return (List.rev found)
  | line -> lines channel (line :: found)

let show = String.concat "|"

let lines_of input expected () =
  run @@ fun () -> lines (snd (over input)) [] >|= equal show "lines" expected

(* However the bytes are cut, the lines are the same. *)
let any_cut () =
  let whole = "GET / HTTP/1.1\r\nHost: a\r\n\r\nb\nc\r\rd\r\n" in
  let expected = [ "GET / HTTP/1.1"; "Host: a"; ""; "b"; "c\r\rd" ] in
  let rec cut s =
    if String.length s = 0 then []
    else
      let n = 1 + Random.State.int Seeded.state (min 4 (String.length s)) in
      let n = min n (String.length s) in
      String.sub s 0 n :: cut (String.sub s n (String.length s - n))
  in
  for _ = 1 to 500 do
    lines_of (cut whole) expected ()
  done

let pieces () =
  run @@ fun () ->
  let _, c = over [ "abc"; ""; "def"; "g" ] in
  Channel.read_char c >>= fun first ->
  check "first" (first = Ok (`Data 'a'));
  Channel.read_some ~len:1 c >>= fun some ->
  check "some" (match some with Ok (`Data b) -> Cstruct.to_string b = "b" | _ -> false);
  Channel.read_exactly ~len:4 c >>= fun four ->
  equal Fun.id "exactly" "cdef" (text four);
  Channel.read_exactly ~len:2 c >|= fun two -> equal Fun.id "too few" "<eof>" (text two)

let writing () =
  run @@ fun () ->
  let flow, c = over [] in
  let expected = Buffer.create 10 in
  for i = 0 to 999 do
    let word = String.make (Random.State.int Seeded.state 50) (Char.chr (97 + (i mod 26))) in
    Buffer.add_string expected word;
    match i mod 3 with
    | 0 -> Channel.write_buffer c (Cstruct.of_string word)
    | 1 -> Channel.write_string c word 0 (String.length word)
    | _ -> String.iter (Channel.write_char c) word
  done;
  equal string_of_int "before flush" 0 (Buffer.length flow.written);
  Channel.flush c >>= fun flushed ->
  check "flushed" (Result.is_ok flushed);
  equal Fun.id "written" (Buffer.contents expected) (Buffer.contents flow.written);
  Channel.write_line c "end";
  Channel.close c >|= fun closed ->
  check "closed" (Result.is_ok closed && flow.closed);
  equal Fun.id "last line" (Buffer.contents expected ^ "end\n") (Buffer.contents flow.written)

let () =
  case "lines" (lines_of [ "a\nb\r\n"; "c" ] [ "a"; "b"; "c" ]);
  case "no line" (lines_of [] []);
  case "lines, however cut" any_cut;
  case "characters and pieces" pieces;
  case "writing" writing

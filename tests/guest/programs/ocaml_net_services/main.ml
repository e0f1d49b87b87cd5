(* Services for the tests of tests/networks/link: 9 discards; 10 reads to the end and
   answers with "BYTES SHA-256"; 11 reads a number and sends as many bytes, then their
   SHA-256; 12 answers with the memory in use, "HEAP LIVE PLATFORM" in bytes, after a
   collection. *)
open Lwt.Infix
module T = Stack.TCPV4

let hex digest =
  let byte c = Printf.sprintf "%02x" (Char.code c) in
  let bytes = List.of_seq (String.to_seq digest) in
  String.concat "" (List.map byte bytes)

let send flow bytes =
  T.write flow bytes >>= function
  | Ok () -> Lwt.return_unit
  | Error e -> Lwt.fail_with (Fmt.str "write: %a" T.pp_write_error e)

let answer flow text = send flow (Cstruct.of_string text) >>= fun () -> T.close flow

let rec each flow use =
  T.read flow >>= function
  | Ok (`Data bytes) ->
      use bytes;
      each flow use
  | Ok `Eof -> Lwt.return_unit
  | Error e -> Lwt.fail_with (Fmt.str "read: %a" T.pp_error e)

let discard flow = each flow ignore >>= fun () -> T.close flow

let digest flow =
  let sum = ref Sha256.empty and count = ref 0 in
  let take bytes =
    sum := Sha256.feed !sum bytes;
    count := !count + Cstruct.length bytes
  in
  each flow take >>= fun () ->
  answer flow (Printf.sprintf "%d %s" !count (hex (Sha256.text !sum)))

let template =
  let state = Random.State.make [| 11 |] in
  Cstruct.of_string (String.init 65_536 (fun _ -> Char.chr (Random.State.int state 256)))

(* Numbered, so that one in another's place is noticed. *)
let block number length =
  let bytes = Cstruct.create_unsafe length in
  Cstruct.blit template 0 bytes 0 length;
  if length >= 8 then Cstruct.BE.set_uint64 bytes 0 (Int64.of_int number);
  bytes

let rec produce flow sum number left =
  if left = 0 then answer flow (hex (Sha256.text sum))
  else
    let bytes = block number (min left 65_536) in
    send flow bytes >>= fun () ->
    produce flow (Sha256.feed sum bytes) (number + 1) (left - Cstruct.length bytes)

let source flow =
  T.read flow >>= function
  | Ok (`Data request) ->
      let bytes = int_of_string (String.trim (Cstruct.to_string request)) in
      produce flow Sha256.empty 0 bytes
  | Ok `Eof | Error _ -> T.close flow

let memory flow =
  Gc.compact ();
  let words = (Gc.quick_stat ()).heap_words and live = (Gc.stat ()).live_words in
  let platform = (OS.Memory.quick_stat ()).live_words in
  answer flow (Printf.sprintf "%d %d %d" (8 * words) (8 * live) (8 * platform))

let guarded serve flow =
  Lwt.catch
    (fun () -> serve flow)
    (fun e ->
       print_endline (Printexc.to_string e);
       T.close flow)

let start stack =
  let listen port serve = Stack.listen_tcpv4 stack ~port (guarded serve) in
  listen 9 discard;
  listen 10 digest;
  listen 11 source;
  listen 12 memory;
  let addresses = Stack.IPV4.get_ip (Stack.ipv4 stack) in
  Fmt.pr "serving on %a\n%!" Fmt.(list ~sep:comma Ipaddr.V4.pp) addresses;
  Stack.listen stack

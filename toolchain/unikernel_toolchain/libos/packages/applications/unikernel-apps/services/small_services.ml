open Lwt.Infix

let echo_port = 7
let discard_port = 9
let chargen_port = 19
let reserved_ports = 1024

(* A peer that vanished is given up after two minutes. *)
let keepalive =
  let after = 60_000_000_000L and interval = 15_000_000_000L in
  { Mirage_protocols.Keepalive.after; interval; probes = 4 }

(* {1 Characters} *)

let printable = 95
let line_length = 72
let datagram_max = 512

(* A datagram of one byte, whoever it says it is from, is answered with hundreds:
   so answers are few. *)
let answers_per_s = 100

let rate_limiter per_s =
  let left = ref per_s and is_refilling = ref false in
  let refill () =
    Default_time.sleep_ns 1_000_000_000L >|= fun () ->
    left := per_s;
    is_refilling := false
  in
  fun () ->
    if not !is_refilling then (
      is_refilling := true;
      Lwt.async refill);
    decr left;
    !left >= 0

let line first =
  let character index = Char.chr (32 + ((first + index) mod printable)) in
  String.init line_length character ^ "\r\n"

let pattern = Cstruct.of_string (String.concat "" (List.init printable line))

module Make (S : Mirage_stack.V4) = struct
  let rec drain flow =
    S.TCPV4.read flow >>= function
    | Ok (`Data _) -> drain flow
    | Ok `Eof | Error _ -> Lwt.return_unit

  let closing serve flow = serve flow >>= fun () -> S.TCPV4.close flow

  let answer stack ~port ~src ~src_port data =
    if src_port < reserved_ports then Lwt.return_unit
    else
      S.UDPV4.write ~src_port:port ~dst:src ~dst_port:src_port (S.udpv4 stack) data >|= ignore

  (* {1 Services} *)

  let rec send_back flow =
    S.TCPV4.read flow >>= function
    | Ok `Eof | Error _ -> Lwt.return_unit
    | Ok (`Data data) -> (
        S.TCPV4.write flow data >>= function
        | Ok () -> send_back flow
        | Error _ -> Lwt.return_unit)

  let echo ?(port = echo_port) stack =
    S.listen_tcpv4 ~keepalive stack ~port (closing send_back);
    S.listen_udpv4 stack ~port (fun ~src ~dst:_ ~src_port data ->
        answer stack ~port ~src ~src_port data)

  let discard ?(port = discard_port) stack =
    S.listen_tcpv4 ~keepalive stack ~port (closing drain);
    S.listen_udpv4 stack ~port (fun ~src:_ ~dst:_ ~src_port:_ _ -> Lwt.return_unit)

  let rec generate flow =
    S.TCPV4.write flow pattern >>= function
    | Ok () -> generate flow
    | Error _ -> Lwt.return_unit

  let chargen ?(port = chargen_port) stack =
    let generate_and_drain flow = Lwt.join [ generate flow; drain flow ] in
    let length = ref 0 in
    let next_length () =
      length := ((!length * 197) + 113) mod (datagram_max + 1);
      !length
    in
    let may_answer = rate_limiter answers_per_s in
    S.listen_tcpv4 ~keepalive stack ~port (closing generate_and_drain);
    S.listen_udpv4 stack ~port (fun ~src ~dst:_ ~src_port _ ->
        if may_answer () then
          answer stack ~port ~src ~src_port (Cstruct.sub pattern 0 (next_length ()))
        else Lwt.return_unit)

  let serve stack =
    echo stack;
    discard stack;
    chargen stack;
    S.listen stack
end

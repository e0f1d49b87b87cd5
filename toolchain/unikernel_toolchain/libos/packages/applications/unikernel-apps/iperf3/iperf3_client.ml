open Lwt.Infix
open Lwt_result.Syntax
module Protocol = Iperf3_protocol

let connect_message = "9876" (* of a UDP stream, in the order of a little-endian host *)
let reply_time_ns = 1_000_000_000L
let attempts = 10
let first_port = 49_152
let cookie_letters = "abcdefghijklmnopqrstuvwxyz234567"

module Make (Time : Mirage_time.S) (Clock : Mirage_clock.MCLOCK) (S : Mirage_stack.V4) =
struct
  module Session = Iperf3_session.Make (Time) (Clock) (S)
  module Control = Session.Control

  let fail format = Printf.ksprintf Lwt_result.fail format

  let connect stack ((address, port) as peer) =
    S.TCPV4.create_connection (S.tcpv4 stack) peer >>= function
    | Ok flow -> Lwt_result.return (Control.create flow)
    | Error error ->
        fail "no iperf3 server at %s, port %d: %s" (Ipaddr.V4.to_string address) port
          (Format.asprintf "%a" S.TCPV4.pp_error error)

  (* It need only differ from the last one: the clock gives it. *)
  let cookie () =
    let state = Random.State.make [| Int64.to_int (Clock.elapsed_ns ()) |] in
    let letter _ = cookie_letters.[Random.State.int state (String.length cookie_letters)] in
    String.init (Protocol.cookie_size - 1) letter ^ "\000"

  (* {1 Streams} *)

  let open_tcp stack peer session cookie index =
    let* stream = connect stack peer in
    let+ () = Control.send_cookie stream cookie in
    Session.attach_tcp session index stream

  (* Over UDP either datagram may be lost: it is sent again until the server answers. *)
  let rec handshake stack ~local_port (address, port) replied attempt =
    if attempt = 0 then fail "the server does not answer over UDP"
    else
      S.UDPV4.write ~src_port:local_port ~dst:address ~dst_port:port (S.udpv4 stack)
        (Cstruct.of_string connect_message)
      >>= fun _ ->
      let late = Time.sleep_ns reply_time_ns >|= fun () -> false in
      Lwt.choose [ (replied >|= fun () -> true); late ] >>= fun answered ->
      if answered then (
        Lwt.cancel late;
        Lwt_result.return ())
      else handshake stack ~local_port (address, port) replied (attempt - 1)

  let open_udp stack ((address, port) as peer) session _cookie index =
    let local_port = first_port + index in
    let replied, reply = Lwt.wait () in
    let receive ~src ~dst:_ ~src_port data =
      if Ipaddr.V4.compare src address = 0 && src_port = port then
        if Lwt.is_sleeping replied then Lwt.wakeup_later reply ()
        else Session.receive_datagram session index data;
      Lwt.return_unit
    in
    S.listen_udpv4 stack ~port:local_port receive;
    let+ () = handshake stack ~local_port peer replied attempts in
    Session.attach_udp session index ~local_port { Session.address; port }

  let open_streams stack peer session cookie =
    let open_ =
      match (Session.parameters session).transport with Tcp -> open_tcp | Udp -> open_udp
    in
    let rec from index =
      if index = Array.length (Session.meters session) then Lwt_result.return ()
      else
        let* () = open_ stack peer session cookie index in
        from (index + 1)
    in
    from 0

  (* {1 A test} *)

  let lasts session =
    let { Protocol.time_s; omit_s; _ } = Session.parameters session in
    Time.sleep_ns (Int64.of_float ((time_s +. omit_s) *. 1e9))

  let end_after_time control session =
    lasts session >>= fun () ->
    Session.end_ session;
    Control.send_state control Test_end >|= ignore

  let exchange_results control session =
    let* () = Control.send_json control (Session.results session) in
    Control.json control

  (* The server leads: each of its states asks for something. *)
  let rec run_states stack control ((address, _) as peer) session cookie =
    let continue () = run_states stack control peer session cookie in
    let* state = Control.state control in
    match state with
    | Protocol.Param_exchange ->
        let parameters = Protocol.json_of_parameters (Session.parameters session) in
        let* () = Control.send_json control parameters in
        continue ()
    | Create_streams ->
        let* () = open_streams stack peer session cookie in
        continue ()
    | Test_running ->
        Session.start session;
        Lwt.async (fun () -> end_after_time control session);
        continue ()
    | Exchange_results ->
        let* theirs = exchange_results control session in
        print_endline (Session.report session address theirs);
        continue ()
    | Display_results -> Control.send_state control Iperf_done
    | Access_denied -> fail "the server is busy with another test"
    | Server_terminate -> fail "the server gave up"
    | Server_error -> fail "the server refuses this test"
    | Test_start | Test_end | Client_terminate | Iperf_done -> continue ()

  let test stack control peer parameters =
    let cookie = cookie () in
    let session = Session.create stack parameters ~server:false in
    let conversation =
      let* () = Control.send_cookie control cookie in
      run_states stack control peer session cookie
    in
    conversation >|= fun result ->
    Session.end_ session;
    Session.close session;
    result

  let run ?(port = Protocol.port) stack address parameters =
    let peer = (address, port) in
    let* control = connect stack peer in
    test stack control peer parameters >|= fun result ->
    Control.close control;
    result
end

open Lwt.Infix
open Lwt_result.Syntax
module Protocol = Iperf3_protocol

let second_ns = 1_000_000_000.
let stream_time_ns = 10_000_000_000L

(* Only one client is served at a time: one that falls silent is not served for
   ever. *)
let message_time_s = 30.
let day_s = 86_400.

let keepalive =
  let after = 60_000_000_000L and interval = 15_000_000_000L in
  { Mirage_protocols.Keepalive.after; interval; probes = 4 }
let connect_reply = "6789" (* of a UDP stream, in the order of a little-endian host *)

module Make (Time : Mirage_time.S) (Clock : Mirage_clock.MCLOCK) (S : Mirage_stack.V4) =
struct
  module Session = Iperf3_session.Make (Time) (Clock) (S)
  module Control = Session.Control

  type test = {
    cookie : string;
    client : Ipaddr.V4.t;
    session : Session.t;
    mutable attached : int;
    mutable tcp_streams : (int * Control.t) list;  (** by the order of accepting *)
    mutable udp_peers : (Session.peer * int) list;
    complete : unit Lwt.t;
    completed : unit Lwt.u;
  }

  (* A connection is a test's control connection or one of its streams: which, says the
     cookie, and the phase what may come. *)
  type phase = Idle | Negotiating | Testing of test
  type t = { stack : S.t; port : int; mutable phase : phase; mutable accepted : int }

  (* {1 Streams} *)

  let has_room test = test.attached < Array.length (Session.meters test.session)

  let count_stream test =
    test.attached <- test.attached + 1;
    if not (has_room test) then Lwt.wakeup_later test.completed ()

  (* Which stream is which goes by the order of connections, not by that of their cookies. *)
  let attach_tcp test =
    let in_order = List.sort (fun (a, _) (b, _) -> compare a b) test.tcp_streams in
    List.iteri (fun index (_, stream) -> Session.attach_tcp test.session index stream) in_order

  let accept_tcp test number stream =
    test.tcp_streams <- (number, stream) :: test.tcp_streams;
    count_stream test;
    if not (has_room test) then attach_tcp test

  let accept_udp t test (peer : Session.peer) =
    test.udp_peers <- (peer, test.attached) :: test.udp_peers;
    Session.attach_udp test.session test.attached ~local_port:t.port peer;
    count_stream test

  let reply_udp t (peer : Session.peer) =
    S.UDPV4.write ~src_port:t.port ~dst:peer.address ~dst_port:peer.port (S.udpv4 t.stack)
      (Cstruct.of_string connect_reply)
    >|= ignore

  let on_datagram t ~src ~dst:_ ~src_port data =
    let peer = { Session.address = src; port = src_port } in
    match t.phase with
    | Testing test when (Session.parameters test.session).transport = Udp -> (
        match List.assoc_opt peer test.udp_peers with
        | Some _ when has_room test && Cstruct.length data = 4 -> reply_udp t peer
        | Some index -> Lwt.return (Session.receive_datagram test.session index data)
        | None when has_room test && Ipaddr.V4.compare src test.client = 0 ->
            accept_udp t test peer;
            reply_udp t peer
        | None -> Lwt.return_unit)
    | Testing _ | Idle | Negotiating -> Lwt.return_unit

  (* {1 A test} *)

  let in_time seconds what message =
    let late () = Printf.sprintf "the client says nothing of %s for %.0f s" what seconds in
    let sleep = Time.sleep_ns (Int64.of_float (seconds *. second_ns)) in
    Lwt.pick [ message; (sleep >|= fun () -> Error (late ())) ]

  (* A test of so many bytes has no time of its own; it ends with its client. *)
  let test_time_s (parameters : Protocol.parameters) =
    if parameters.time_s > 0. then
      Float.min day_s (parameters.time_s +. parameters.omit_s +. message_time_s)
    else infinity

  let until_end parameters ending =
    let seconds = test_time_s parameters in
    if Float.is_finite seconds then in_time seconds "the test's end" ending else ending

  (* Until no stream came for a while. *)
  let rec no_more_streams test =
    let before = test.attached in
    Time.sleep_ns stream_time_ns >>= fun () ->
    if test.attached > before then no_more_streams test
    else
      Lwt.return_error
        (Printf.sprintf "of the client's %d streams %d came"
           (Array.length (Session.meters test.session))
           test.attached)

  let all_streams test = Lwt.pick [ Lwt_result.ok test.complete; no_more_streams test ]

  let rec wait_for_end control =
    let* state = Control.state control in
    match state with
    | Protocol.Test_end -> Lwt_result.return ()
    | Client_terminate -> Lwt_result.fail "the client gave up"
    | _ -> wait_for_end control

  let exchange_results control session =
    let* () = Control.send_state control Exchange_results in
    let* theirs = in_time message_time_s "its results" (Control.json control) in
    let* () = Control.send_json control (Session.results session) in
    let+ () = Control.send_state control Display_results in
    theirs

  let run t control cookie =
    let* () = Control.send_state control Param_exchange in
    let* json = in_time message_time_s "its parameters" (Control.json control) in
    let* parameters = Lwt.return (Protocol.parameters_of_json json) in
    let complete, completed = Lwt.wait () in
    let session = Session.create t.stack parameters ~server:true in
    let test =
      {
        cookie;
        client = fst (S.TCPV4.dst (Control.flow control));
        session;
        attached = 0;
        tcp_streams = [];
        udp_peers = [];
        complete;
        completed;
      }
    in
    t.phase <- Testing test;
    let* () = Control.send_state control Create_streams in
    let* () = all_streams test in
    let* () = Control.send_state control Test_start in
    let* () = Control.send_state control Test_running in
    Session.start session;
    let* () = until_end parameters (wait_for_end control) in
    Session.end_ session;
    (* The client reads whole blocks: without the end of its streams it waits for ever. *)
    Session.close session;
    let+ theirs = exchange_results control session in
    print_endline (Session.report session (fst (S.TCPV4.dst (Control.flow control))) theirs)

  let end_test t =
    match t.phase with
    | Testing test ->
        Session.end_ test.session;
        Session.close test.session;
        t.phase <- Idle
    | Idle | Negotiating -> t.phase <- Idle

  let fail control message =
    print_endline ("iperf3: " ^ message);
    Control.send_state control Server_error >>= fun _ ->
    (* Two error numbers of four bytes follow; none are known here. *)
    S.TCPV4.write (Control.flow control) (Cstruct.create 8) >|= ignore

  let run_test t control cookie =
    t.phase <- Negotiating;
    Lwt.finalize
      (fun () ->
         run t control cookie >>= function
         | Error message -> fail control message
         | Ok () -> in_time message_time_s "its end" (Control.state control) >|= fun _ -> ())
      (fun () ->
         end_test t;
         Lwt.return (Control.close control))

  let deny control =
    Control.send_state control Access_denied >|= fun _ -> Control.close control

  let accept t flow =
    let control = Control.create flow in
    t.accepted <- t.accepted + 1;
    let number = t.accepted in
    in_time message_time_s "who it is" (Control.cookie control) >>= function
    | Error _ -> Lwt.return (Control.close control)
    | Ok cookie -> (
        match t.phase with
        | Idle -> run_test t control cookie
        | Testing test when test.cookie = cookie && has_room test ->
            Lwt.return (accept_tcp test number control)
        | Testing _ | Negotiating -> deny control)

  let serve ?(port = Protocol.port) stack =
    let t = { stack; port; phase = Idle; accepted = 0 } in
    S.listen_udpv4 stack ~port (on_datagram t);
    S.listen_tcpv4 ~keepalive stack ~port (accept t);
    Printf.printf "iperf3: listening on port %d\n%!" port;
    S.listen stack
end

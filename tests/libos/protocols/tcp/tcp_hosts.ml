(* packages: tcp-simulation virtual-network *)
(* What a host does beyond its connections: TIME-WAIT, strays, cookies, and
   the bound on what lies unread. *)

open Case

let int = equal string_of_int
let second = 1_000_000_000

type bench = {
  host : string Tcp_endpoint.t;
  mutable now : int;
  mutable accepted : string Tcp_endpoint.connection list;
  mutable sent : Tcp_segment.t list;  (* the last first *)
}

let bench ?(config = Tcp_config.default) () =
  let identity ~local ~remote = local ^ remote in
  let mss _ = 1460 in
  let host = Tcp_endpoint.create config ~secret:"of the test" ~identity ~mss ~header_bytes:(fun _ -> 40) in
  { host; now = second; accepted = []; sent = [] }

let poll b =
  b.sent <- [];
  let emit ~owner:_ ~local:_ ~remote:_ segment _ ~length:_ ~unit_size:_ =
    b.sent <- segment :: b.sent
  in
  Tcp_endpoint.poll b.host ~now:b.now emit;
  Tcp_endpoint.notify b.host

let deliver b ?(remote = "peer") ?(payload = "") segment =
  let accepted connection = b.accepted <- connection :: b.accepted in
  let listening port =
    if port = 80 || port = 90 then Some { Tcp_endpoint.keepalive = None; accepted } else None
  in
  Tcp_endpoint.input b.host ~now:b.now ~listening ~local:"host" ~remote ~unit_size:0
    segment
    (Cstruct.of_string payload);
  poll b

let segment ?(port = 80) ?(control = Tcp_segment.Plain) ?ack seq =
  {
    Tcp_segment.source_port = 5000;
    destination_port = port;
    sequence = Tcp_sequence.of_int seq;
    acknowledgement = ack;
    control;
    push = false;
    window = 0xffff;
    options = Tcp_segment.no_options;
  }

let last b =
  match b.sent with s :: _ -> s | [] -> failwith "nothing was sent"

let after (s : Tcp_segment.t) = Some (Tcp_sequence.succ s.sequence)

(* A handshake; the acknowledgement for what the host sends next. *)
let opened ?remote b ~isn =
  deliver b ?remote (segment ~control:Syn isn);
  let ack = after (last b) in
  deliver b ?remote (segment ?ack (isn + 1));
  ack

let closed b ~isn =
  let ack = opened b ~isn in
  let connection = List.hd b.accepted in
  Tcp_connection.close (Tcp_endpoint.tcb connection) ~now:b.now;
  Tcp_endpoint.touch b.host connection;
  poll b;
  let ack = Option.map Tcp_sequence.succ ack in
  deliver b (segment ~control:Fin ?ack (isn + 1));
  int "in TIME-WAIT" 1 (Tcp_endpoint.time_waits b.host);
  int "connections" 0 (Tcp_endpoint.connections b.host);
  ack

let () =
  case "a SYN to a port without listener is refused" (fun () ->
      let b = bench () in
      deliver b (segment ~port:81 ~control:Syn 100);
      check "RST" ((last b).control = Reset);
      check "acknowledges the SYN"
        ((last b).acknowledgement = Some (Tcp_sequence.of_int 101)));
  case "a stray acknowledgement gets RST at its number" (fun () ->
      let b = bench () in
      deliver b (segment ~ack:(Tcp_sequence.of_int 777) 100);
      check "RST" ((last b).control = Reset);
      int "sequence" 777 (Tcp_sequence.to_int (last b).sequence));
  case "a stray RST gets nothing" (fun () ->
      let b = bench () in
      deliver b (segment ~control:Reset 100);
      check "silence" (b.sent = []));
  case "TIME-WAIT answers a repeated FIN" (fun () ->
      let b = bench () in
      let ack = closed b ~isn:100 in
      b.now <- b.now + second;
      deliver b (segment ~control:Fin ?ack 101);
      int "acknowledges the FIN" 102
        (Tcp_sequence.to_int (Option.get (last b).acknowledgement)));
  case "TIME-WAIT ignores RST (RFC 1337)" (fun () ->
      let b = bench () in
      ignore (closed b ~isn:100 : Tcp_sequence.t option);
      deliver b (segment ~control:Reset 102);
      int "still there" 1 (Tcp_endpoint.time_waits b.host));
  case "TIME-WAIT gives way to a SYN whose sender refuses the old connection" (fun () ->
      let b = bench () in
      ignore (closed b ~isn:100 : Tcp_sequence.t option);
      b.now <- b.now + second;
      deliver b (segment ~control:Syn 50);
      check "answers for the old connection" ((last b).control = Plain);
      deliver b (segment ~control:Reset 51);
      check "a reset elsewhere changes nothing" (b.sent = []);
      let refused = Option.get (after (segment 101)) in
      deliver b (segment ~control:Reset (Tcp_sequence.to_int refused));
      check "SYN-ACK" ((last b).control = Syn);
      int "of the new one" 51
        (Tcp_sequence.to_int (Option.get (last b).acknowledgement)));
  case "TIME-WAIT gives way to a newer SYN (RFC 6191)" (fun () ->
      let b = bench () in
      ignore (closed b ~isn:100 : Tcp_sequence.t option);
      deliver b (segment ~control:Syn 5000);
      check "SYN-ACK" ((last b).control = Syn);
      int "half-open" 1 (Tcp_endpoint.half_open b.host));
  case "TIME-WAIT does not give way to an older SYN" (fun () ->
      let b = bench () in
      ignore (closed b ~isn:100 : Tcp_sequence.t option);
      deliver b (segment ~control:Syn 50);
      check "no SYN-ACK" (List.for_all (fun s -> s.Tcp_segment.control <> Syn) b.sent));
  case "TIME-WAIT ends, however often FIN is repeated" (fun () ->
      let b = bench () in
      let ack = closed b ~isn:100 in
      for _ = 1 to 30 do
        b.now <- b.now + (10 * second);
        deliver b (segment ~control:Fin ?ack 101)
      done;
      int "none" 0 (Tcp_endpoint.time_waits b.host));
  case "strays get no more resets than the limit" (fun () ->
      let b = bench () in
      let resets = ref 0 in
      for i = 1 to 20 * Tcp_config.default.resets_a_second do
        b.now <- b.now + (second / 10_000);
        deliver b (segment ~ack:(Tcp_sequence.of_int i) 100);
        resets := !resets + List.length b.sent
      done;
      Printf.printf "        %d in two seconds\n" !resets;
      check "more" (!resets <= 3 * Tcp_config.default.resets_a_second);
      check "few" (!resets >= Tcp_config.default.resets_a_second));
  case "TIME-WAIT ends" (fun () ->
      let b = bench () in
      ignore (closed b ~isn:100 : Tcp_sequence.t option);
      b.now <- b.now + (61 * second);
      poll b;
      int "none" 0 (Tcp_endpoint.time_waits b.host))

let modern isn = { (segment ~control:Syn isn) with options = Tcp_script.modern }

let by_cookie b (answer : Tcp_segment.t) isn =
  let value = 2000 in
  let echo = (Option.get answer.options.timestamps).value in
  let timestamps = Some { Tcp_segment.value; echo } in
  let options = { Tcp_segment.no_options with timestamps } in
  deliver b { (segment ?ack:(after answer) (isn + 1)) with options } ~payload:"hello"

let () =
  case "a cookie remembers the options of the SYN" (fun () ->
      let b = bench ~config:{ Tcp_config.default with backlog = 0 } () in
      deliver b (modern 100);
      int "nothing kept" 0 (Tcp_endpoint.connections b.host);
      by_cookie b (last b) 100;
      let tcb = Tcp_endpoint.tcb (List.hd b.accepted) in
      check "SACK" tcb.sack;
      check "timestamps" tcb.timestamps;
      int "window shift" 7 tcb.send_shift;
      match Tcp_connection.read tcb ~now:b.now with
      | Some data -> equal Fun.id "data" "hello" (Cstruct.to_string data)
      | None -> failwith "the data that came with it was dropped");
  case "a cookie expires" (fun () ->
      let b = bench ~config:{ Tcp_config.default with backlog = 0 } () in
      deliver b (modern 100);
      let answer = last b in
      b.now <- b.now + (200 * second);
      deliver b (modern 7000);
      by_cookie b answer 100;
      int "none accepted" 0 (List.length b.accepted));
  case "a forged cookie opens nothing" (fun () ->
      let b = bench ~config:{ Tcp_config.default with backlog = 0 } () in
      deliver b (modern 100);
      deliver b (segment ~ack:(Tcp_sequence.of_int 12_345) 101);
      int "none accepted" 0 (List.length b.accepted);
      check "RST" ((last b).control = Reset));
  case "the half-open give up" (fun () ->
      let b = bench () in
      deliver b (segment ~control:Syn 100);
      for _ = 1 to 200 do
        b.now <- b.now + second;
        poll b
      done;
      int "half-open" 0 (Tcp_endpoint.half_open b.host);
      int "connections" 0 (Tcp_endpoint.connections b.host))

let fill b ~remote ~ack =
  let piece = String.make 10_000 'x' in
  for i = 0 to 9 do
    deliver b ~remote ~payload:piece (segment ?ack (101 + (i * 10_000)))
  done

let () =
  case "unread data is bounded over all connections" (fun () ->
      let config = { Tcp_config.default with receive_total = 100_000 } in
      let b = bench ~config () in
      let remote i = Printf.sprintf "peer %d" i in
      for i = 1 to 20 do
        let ack = opened b ~remote:(remote i) ~isn:100 in
        fill b ~remote:(remote i) ~ack
      done;
      let unread c = Tcp_receive.unread (Tcp_endpoint.tcb c).receive in
      let total = List.fold_left (fun n c -> n + unread c) 0 b.accepted in
      Printf.printf "        %d bytes of 2,000,000 taken\n" total;
      (* A window once told is kept; later ones are small. *)
      check "too much" (total <= 100_000 + 0x10000 + (20 * 4096)))

(* {2 Making way} *)

let remote i = Printf.sprintf "peer %d" i

(* Connections of which the host's program has closed the first [closing]. *)
let crowded b ~closing =
  let open_one i =
    ignore (opened b ~remote:(remote i) ~isn:100 : Tcp_sequence.t option);
    if i <= closing then begin
      let connection = List.hd b.accepted in
      Tcp_connection.close (Tcp_endpoint.tcb connection) ~now:b.now;
      Tcp_endpoint.touch b.host connection;
      poll b
    end
  in
  List.iter open_one (List.init 8 (fun i -> i + 1))

let full = { Tcp_config.default with connections_max = 8 }

let () =
  case "what a program has let go makes way for a new connection" (fun () ->
      let b = bench ~config:full () in
      crowded b ~closing:3;
      deliver b ~remote:"new" (segment ~control:Syn 500);
      let is_control control (s : Tcp_segment.t) = s.control = control in
      check "SYN-ACK" (List.exists (is_control Syn) b.sent);
      check "RST to the one that gave way" (List.exists (is_control Reset) b.sent);
      int "connections" 8 (Tcp_endpoint.connections b.host);
      let first = Tcp_endpoint.tcb (List.nth b.accepted 7) in
      check "the first that was closed" (Tcp_connection.state first = Closed));
  case "what programs hold does not make way" (fun () ->
      let b = bench ~config:full () in
      crowded b ~closing:0;
      deliver b ~remote:"new" (segment ~control:Syn 500);
      check "no answer" (b.sent = []);
      int "connections" 8 (Tcp_endpoint.connections b.host));
  case "silent connections make way at their port, after two minutes" (fun () ->
      let b = bench ~config:full () in
      crowded b ~closing:0;
      b.now <- b.now + (119 * second);
      deliver b ~remote:"early" (segment ~control:Syn 500);
      check "no answer" (b.sent = []);
      check "the port is named" (Tcp_endpoint.take_refused_port b.host = Some 80);
      let own = Tcp_endpoint.connect b.host ~now:b.now ~local:"host" ~remote:"peer" ~remote_port:80 in
      check "no room for its own, either" (own = None && Tcp_endpoint.take_refused_port b.host = None);
      b.now <- b.now + (2 * second);
      deliver b ~remote:"late" (segment ~control:Syn 500);
      let is_control control (s : Tcp_segment.t) = s.control = control in
      check "SYN-ACK" (List.exists (is_control Syn) b.sent);
      check "RST to the one that gave way" (List.exists (is_control Reset) b.sent);
      check "nobody is refused" (Tcp_endpoint.take_refused_port b.host = None);
      let first = Tcp_endpoint.tcb (List.nth b.accepted 7) in
      check "one that came before" (Tcp_connection.state first = Closed));
  case "a program that forgets to close what its peer has closed" (fun () ->
      let b = bench ~config:full () in
      crowded b ~closing:0;
      let third = Tcp_endpoint.tcb (List.nth b.accepted 5) in
      let ack = Tcp_sequence.of_int third.una in
      deliver b ~remote:(remote 3) (segment ~control:Fin ~ack 101);
      b.now <- b.now + (31 * second);
      deliver b ~remote:"new" (segment ~control:Syn 500);
      check "makes way" (Tcp_connection.state third = Closed);
      int "connections" 8 (Tcp_endpoint.connections b.host));
  case "a crowd at one port leaves room at others" (fun () ->
      let b = bench ~config:{ full with connections_max = 64 } () in
      for i = 1 to 64 do
        deliver b ~remote:(remote i) (segment ~control:Syn 100);
        if b.sent <> [] then deliver b ~remote:(remote i) (segment ?ack:(after (last b)) 101)
      done;
      let held = Tcp_endpoint.connections b.host in
      Printf.printf "        one port holds %d of 64\n" held;
      check "room is left" (held >= 56 && held < 64);
      deliver b ~remote:"other" (segment ~port:90 ~control:Syn 100);
      check "SYN-ACK at another port" ((last b).control = Syn));
  case "without memory, two segments are taken of each, and crumbs by their cost" (fun () ->
      let b = bench ~config:{ full with connections_max = 16; receive_total = 30_000 } () in
      crowded b ~closing:0;
      let send remote tcb seq payload =
        let ack = Tcp_sequence.of_int (tcb : Tcp_tcb.t).una in
        deliver b ~remote ~payload (segment ~ack seq)
      in
      let held i = Tcp_endpoint.tcb (List.nth b.accepted (8 - i)) in
      for n = 0 to 9 do
        for i = 1 to 8 do
          send (remote i) (held i) (101 + (n * 1400)) (String.make 1400 'x')
        done
      done;
      let newcomer name =
        ignore (opened b ~remote:name ~isn:100 : Tcp_sequence.t option);
        Tcp_endpoint.tcb (List.hd b.accepted)
      in
      let taken c = Tcp_receive.unread (c : Tcp_tcb.t).receive in
      let c = newcomer "two" in
      List.iter (fun n -> send "two" c (101 + (n * 536)) (String.make 536 'x')) [ 0; 1; 2 ];
      int "of three segments" 1072 (taken c);
      let c = newcomer "crumbs" in
      for n = 0 to 99 do
        send "crumbs" c (101 + n) "x"
      done;
      check "some crumbs" (taken c > 0 && taken c < 20));
  case "without memory, unread data of closed connections is given up" (fun () ->
      let b = bench ~config:{ full with receive_total = 30_000 } () in
      crowded b ~closing:4;
      let ack = Some (Tcp_sequence.of_int 0) in
      let send i seq =
        let c = Tcp_endpoint.tcb (List.nth b.accepted (8 - i)) in
        let ack = Option.map (fun _ -> Tcp_sequence.of_int c.una) ack in
        deliver b ~remote:(remote i) ~payload:(String.make 1400 'x') (segment ?ack seq)
      in
      for n = 0 to 9 do
        for i = 1 to 8 do
          send i (101 + (n * 1400))
        done
      done;
      let gone i = Tcp_connection.state (Tcp_endpoint.tcb (List.nth b.accepted (8 - i))) = Closed in
      let gone = List.filter gone (List.init 8 (fun i -> i + 1)) in
      Printf.printf "        %d were given up\n" (List.length gone);
      check "nobody was" (gone <> []);
      check "one that a program holds was" (List.for_all (fun i -> i <= 4) gone))

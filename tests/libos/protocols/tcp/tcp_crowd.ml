(* packages: tcp-simulation virtual-network *)
(* Many connections: floods, crowds and comings and goings leave the host
   serving and its memory bounded. *)

let listen_and_close (pair : Tcp_pair.t) =
  Tcp_pair.listen pair.b 80 (fun connection ->
      Tcp_connection.close (Tcp_endpoint.tcb connection)
        ~now:(Tcp_events.now pair.events);
      Tcp_endpoint.touch (Tcp_pair.stack pair.b) connection;
      Tcp_pair.wake pair.b)

let words (pair : Tcp_pair.t) = Obj.reachable_words (Obj.repr pair)

let second = 1_000_000_000

(* {2 SYN flood} *)

let syn ~port ~number =
  {
    Tcp_segment.source_port = port;
    destination_port = 80;
    sequence = Tcp_sequence.of_int number;
    acknowledgement = None;
    control = Syn;
    push = false;
    window = 65_535;
    options = Tcp_script.modern;
  }

let no_emit ~owner:_ ~local:_ ~remote:_ _ _ ~length:_ ~unit_size:_ = ()

let flood (pair : Tcp_pair.t) ~syns =
  let host = Tcp_pair.stack pair.b in
  let listening _ = Some { Tcp_endpoint.keepalive = None; accepted = ignore } in
  let now = Tcp_events.now pair.events in
  for number = 1 to syns do
    let remote = Printf.sprintf "attacker %d" number in
    Tcp_endpoint.input host ~now ~listening ~local:"b" ~remote ~unit_size:0
      (syn ~port:(1024 + (number mod 60_000)) ~number)
      Cstruct.empty;
    if number mod 64 = 0 then Tcp_endpoint.poll host ~now no_emit
  done

let flooded () =
  let pair = Tcp_pair.create () in
  flood pair ~syns:1000;
  let before = words pair in
  flood pair ~syns:200_000;
  let after = words pair in
  let host = Tcp_pair.stack pair.b in
  Printf.printf "        %d half-open, %+d words after 200,000 SYNs\n"
    (Tcp_endpoint.half_open host) (after - before);
  Case.check "the backlog is exceeded"
    (Tcp_endpoint.half_open host <= Tcp_config.default.backlog);
  Case.check "memory grows" (after - before < 10_000);
  pair

let survives () =
  let pair = flooded () in
  let o = Tcp_transfer.both_ways_amid pair ~bytes:1_000_000 ~limit_s:60 in
  Printf.printf "        served amid it, by cookie: %.1f MB/s\n" (o.goodput /. 1e6)

(* {2 Comings and goings} *)

let visit (pair : Tcp_pair.t) =
  let connection = Tcp_pair.connect pair pair.a ~port:80 in
  let tcb = Tcp_endpoint.tcb connection in
  Tcp_endpoint.on_change connection (fun () ->
      if Tcp_connection.at_end tcb then begin
        Tcp_connection.close tcb ~now:(Tcp_events.now pair.events);
        Tcp_endpoint.touch (Tcp_pair.stack pair.a) connection;
        Tcp_pair.wake pair.a
      end);
  let gone () = Tcp_connection.state tcb = Closed in
  if not (Tcp_pair.run pair ~limit_s:1_000_000 gone) then failwith "it lingers"

let pass_time (pair : Tcp_pair.t) ns =
  let stop = Tcp_events.now pair.events + ns in
  Tcp_events.at pair.events stop ignore;
  let over () = Tcp_events.now pair.events >= stop in
  ignore (Tcp_pair.run pair ~limit_s:1_000_000 over : bool)

let visits pair n =
  for _ = 1 to n do
    visit pair
  done;
  pass_time pair (120 * second)

let comings_and_goings () =
  let pair = Tcp_pair.create () in
  listen_and_close pair;
  visits pair 100;
  let before = words pair in
  visits pair 10_000;
  let after = words pair in
  Printf.printf "        %+d words after 10,000 connections\n" (after - before);
  Case.check "memory grows" (after - before < 10_000)

(* {2 A crowd} *)

let crowd () =
  let pair = Tcp_pair.create () in
  let accepted = ref 0 in
  Tcp_pair.listen pair.b 80 (fun _ -> incr accepted);
  let before = words pair in
  let count = 1000 in
  for _ = 1 to count do
    ignore (Tcp_pair.connect pair pair.a ~port:80 : Tcp_pair.connection)
  done;
  let open_all () = !accepted = count in
  Case.check "not all were accepted" (Tcp_pair.run pair ~limit_s:100 open_all);
  let bytes = 8 * (words pair - before) / (2 * count) in
  Printf.printf "        %d bytes for each idle connection\n" bytes;
  Case.check "connections are large" (bytes < 8192)

let () =
  Case.case "a SYN flood" survives;
  Case.case "10,000 connections come and go" comings_and_goings;
  Case.case "1,000 idle connections" crowd

(* packages: tcp-simulation virtual-network *)

(* A path with a small link in the middle, in virtual time: with routers that
   say so and routers that do not. *)

open Case

let ms n = n * 1_000_000
let base = { Tcp_link.perfect with delay_ns = ms 1 }
let bytes = 5_000_000
let offload = { Tcp_pair.tso_max = 65_535; turn_ns = 100_000 }

let run ?offload there =
  let pair = Tcp_pair.create ?offload ~there ~back:base () in
  let outcome = Tcp_transfer.one_way pair ~bytes ~limit_s:600 in
  (outcome.seconds, Tcp_link.frames (Tcp_pair.link pair.a), Tcp_link.too_long (Tcp_pair.link pair.a))

let compare ?offload title there =
  let straight, frames, _ = run ?offload base in
  let seconds, frames', too_long = run ?offload there in
  Printf.printf "%-50s %.3f s for %.3f s, %d frames for %d, %d too long\n" title seconds straight
    frames' frames too_long;
  (seconds /. straight, too_long)

let small ?(twice = true) mtu ~tells () =
  List.iter
    (fun (name, offload) ->
       let title = Printf.sprintf "%s, MTU %d, %s" name mtu (if tells then "told" else "silent") in
       let ratio, too_long = compare ?offload title { base with mtu; tells } in
       if twice then check "more than twice the time" (ratio <= 2.);
       check "nothing was too long" (too_long > 0);
       check "too much was too long" (too_long < 60))
    [ ("segments", None); ("bursts", Some offload) ]

let () =
  case "1400, told" (small 1400 ~tells:true);
  case "1400, silent" (small 1400 ~tells:false);
  case "1280, told" (small 1280 ~tells:true);
  case "1280, silent" (small 1280 ~tells:false);
  case "1000, told" (small 1000 ~tells:true);
  case "1000, silent" (small ~twice:false 1000 ~tells:false);
  case "576, told" (small ~twice:false 576 ~tells:true);
  case "576, silent" (small ~twice:false 576 ~tells:false)

(* {2 Later} *)

type conversation = {
  pair : Tcp_pair.t;
  client : Tcp_pair.connection;
  received : int ref;
  mutable sent : int;
}

let piece = Cstruct.create 20_000

let after pair s =
  let until = Tcp_events.now pair.Tcp_pair.events + (s * 1_000_000_000) in
  Tcp_events.at pair.events until ignore;
  ignore (Tcp_pair.run pair ~limit_s:100_000 (fun () -> Tcp_events.now pair.events >= until))

let reader pair host connection received =
  let tcb = Tcp_endpoint.tcb connection in
  let rec read () =
    match Tcp_connection.read tcb ~now:(Tcp_events.now pair.Tcp_pair.events) with
    | None -> ()
    | Some data ->
        received := !received + Cstruct.length data;
        Tcp_endpoint.touch (Tcp_pair.stack host) connection;
        Tcp_pair.wake host;
        read ()
  in
  read

let open_on pair =
  let received = ref 0 and port = 5001 in
  Tcp_pair.listen pair.Tcp_pair.b port (fun c ->
      let read = reader pair pair.b c received in
      Tcp_endpoint.on_change c read;
      read ());
  let client = Tcp_pair.connect pair pair.a ~port in
  after pair 1;
  { pair; client; received; sent = 0 }

let tcb t = Tcp_endpoint.tcb t.client
let path t = (tcb t).path

let exchange t ~pieces =
  for _ = 1 to pieces do
    Tcp_connection.write (tcb t) [ piece ];
    t.sent <- t.sent + Cstruct.length piece
  done;
  Tcp_endpoint.touch (Tcp_pair.stack t.pair.a) t.client;
  Tcp_pair.wake t.pair.a;
  after t.pair 5;
  check "not all has arrived" (!(t.received) = t.sent)

let link t = Tcp_pair.link t.pair.a
let int = equal string_of_int

let grows_again () =
  let pair = Tcp_pair.create ~there:{ base with mtu = 1400 } ~back:base () in
  let t = open_on pair in
  exchange t ~pieces:10;
  int "told" 1400 (path t);
  let too_long = Tcp_link.too_long (link t) in
  exchange t ~pieces:10;
  int "nothing more is too long" too_long (Tcp_link.too_long (link t));
  after pair 600;
  exchange t ~pieces:10;
  int "still so" 1400 (path t);
  int "one was tried" (too_long + 1) (Tcp_link.too_long (link t));
  check "taken for congestion" (Tcp_congestion.in_slow_start (tcb t).congestion);
  after pair 600;
  Tcp_link.set_conditions (link t) base;
  exchange t ~pieces:10;
  int "the path is wide again" 1500 (path t)

let grows_again_in_silence () =
  let narrow = { base with mtu = 1400; tells = false } in
  let pair = Tcp_pair.create ~there:base ~back:base () in
  let t = open_on pair in
  exchange t ~pieces:10;
  Tcp_link.set_conditions (link t) narrow;
  exchange t ~pieces:10;
  int "a size that fits" 1280 (path t);
  let too_long = Tcp_link.too_long (link t) in
  exchange t ~pieces:10;
  int "nothing more is too long" too_long (Tcp_link.too_long (link t));
  Tcp_link.set_conditions (link t) base;
  after pair 600;
  exchange t ~pieces:10;
  int "the path is wide again" 1500 (path t)

let cut_for_a_while () =
  let pair = Tcp_pair.create ~there:base ~back:base () in
  let t = open_on pair in
  exchange t ~pieces:2;
  Tcp_link.set_conditions (link t) { base with loss = 1. };
  let heal = Tcp_events.now pair.events + 3_000_000_000 in
  Tcp_events.at pair.events heal (fun () -> Tcp_link.set_conditions (link t) base);
  exchange t ~pieces:20;
  int "no smaller for it" 1500 (path t)

let remembered () =
  let pair = Tcp_pair.create ~there:{ base with mtu = 1400; tells = true } ~back:base () in
  exchange (open_on pair) ~pieces:5;
  let too_long = Tcp_link.too_long (Tcp_pair.link pair.a) in
  let second = open_on pair in
  int "known from the beginning" 1400 (path second);
  exchange second ~pieces:5;
  int "nothing more is too long" too_long (Tcp_link.too_long (Tcp_pair.link pair.a));
  after pair 600;
  int "forgotten" 1500 (path (open_on pair))

let kept_for_the_end () =
  let t = Tcp_script.established () in
  Tcp_script.write t "some text";
  ignore (Tcp_script.flush t : Tcp_script.sent list);
  let tcb = Tcp_script.tcb t in
  let report reason =
    let sequence = Tcp_sequence.of_int tcb.una in
    Tcp_connection.report tcb ~now:t.now ~sequence reason
  in
  report (Unreachable "10.0.0.254 says: host unreachable");
  Tcp_script.expect_state t Established;
  for _ = 1 to 100_000 do
    if Tcp_connection.failure tcb = None then
      ignore (Tcp_script.wait t (ms 10) : Tcp_script.sent list)
  done;
  check "another reason"
    (Tcp_connection.failure tcb = Some (Unreachable "10.0.0.254 says: host unreachable"))

(* {2 Sizes} *)

let sizes () =
  let show = function None -> "none" | Some n -> string_of_int n in
  let lowered ~v6 current reported expected =
    let title = Printf.sprintf "%d, told %d" current reported in
    equal show title expected (Path_mtu.lowered ~v6 ~current ~reported)
  in
  lowered ~v6:false 1500 1400 (Some 1400);
  lowered ~v6:false 1500 1500 None;
  lowered ~v6:false 1500 9000 None;
  lowered ~v6:false 1500 0 (Some 1492);
  lowered ~v6:false 9000 0 (Some 8166);
  lowered ~v6:false 600 0 (Some 576);
  lowered ~v6:false 1500 68 (Some 576);
  lowered ~v6:false 1500 1 (Some 576);
  lowered ~v6:false 576 300 None;
  lowered ~v6:true 1500 1280 (Some 1280);
  lowered ~v6:true 1500 1279 None;
  lowered ~v6:true 1500 0 (Some 1492);
  lowered ~v6:true 1280 0 None

let bounded () =
  let paths = Path_mtu.create ~bytes:20_000 in
  for destination = 1 to 1000 do
    Path_mtu.learn paths ~now:0 destination 1400;
    Path_mtu.learn paths ~now:0 destination 1300
  done;
  int "entries" 100 (Path_mtu.entries paths);
  check "the latest are kept" (Path_mtu.find paths ~now:1 1000 <> None);
  check "the oldest are not" (Path_mtu.find paths ~now:1 900 = None);
  check "for ten minutes" (Path_mtu.find paths ~now:Path_mtu.life_ns 1000 = None)

let () =
  case "a path grows again" grows_again;
  case "a silent path grows again" grows_again_in_silence;
  case "a path that was cut" cut_for_a_while;
  case "the next connection knows" remembered;
  case "what was said is kept for the end" kept_for_the_end;
  case "sizes that reports may give" sizes;
  case "memory of destinations" bounded

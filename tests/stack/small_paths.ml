(* packages: tcp-simulation virtual-network *)

(* A path with a small link in the middle, in virtual time: with routers that
   say so and routers that do not. *)

open Case

let ms n = n * 1_000_000
let base = { Tcp_link.perfect with delay_ns = ms 1 }
let bytes = 5_000_000
let offload = { Tcp_pair.burst_max = 65_535; turn_ns = 100_000 }

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

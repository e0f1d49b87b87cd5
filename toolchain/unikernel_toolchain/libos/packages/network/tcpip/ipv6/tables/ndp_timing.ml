type t = { base_reachable : int64; reachable : int64; retrans : int64 }

let never = Int64.max_int

let default =
  {
    base_reachable = Duration.of_sec 30;
    reachable = Duration.of_sec 30;
    retrans = Duration.of_sec 1;
  }

let shares = 0x3fff_ffff

let part ns share =
  Int64.of_float (Int64.to_float ns *. (float_of_int share /. float_of_int shares))

let max_multicast_solicits = 3
let max_unicast_solicits = 3
let delay_first_probe = Duration.of_sec 5
let router_solicitation_interval = Duration.of_sec 4
let longest_router_solicitation_interval = Duration.of_hour 1

(* RFC 7559, section 2: exponential, with a tenth of jitter. *)
let next_router_solicitation ~share interval =
  let doubled = min (Int64.mul 2L interval) longest_router_solicitation_interval in
  let tenth = Int64.div doubled 10L in
  Int64.add (Int64.sub doubled tenth) (part (Int64.mul 2L tenth) share)

(* An hour (RFC 4861, section 6.2.1), and not so often that it is a flood. *)
let within ~least_ms ms ~otherwise =
  let ms = Int64.logand (Int64.of_int32 ms) 0xffff_ffffL in
  if ms < least_ms || ms > 3_600_000L then otherwise else Int64.mul ms 1_000_000L

(* Half to one and a half times as long (RFC 4861, section 6.3.2). *)
let around base share = Int64.add (Int64.div base 2L) (part base share)

let learn t ~share (ra : Icmpv6_packet.router_advertisement) =
  let base_reachable = within ~least_ms:1000L ra.reachable_ms ~otherwise:t.base_reachable in
  {
    base_reachable;
    reachable = (if base_reachable = t.base_reachable then t.reachable else around base_reachable share);
    retrans = within ~least_ms:500L ra.retrans_ms ~otherwise:t.retrans;
  }

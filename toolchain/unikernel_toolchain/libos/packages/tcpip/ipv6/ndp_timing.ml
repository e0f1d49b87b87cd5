type t = { reachable : int64; retrans : int64; delay_first_probe : int64 }

let default =
  {
    reachable = Duration.of_sec 30;
    retrans = Duration.of_sec 1;
    delay_first_probe = Duration.of_sec 5;
  }

let max_multicast_solicits = 3
let max_unicast_solicits = 3
let max_router_solicitations = 3
let router_solicitation_interval = Duration.of_sec 4

(* An hour (RFC 4861, section 6.2.1), and not so often that it is a flood. *)
let within ~least_ms ms ~otherwise =
  let ms = Int64.logand (Int64.of_int32 ms) 0xffff_ffffL in
  if ms < least_ms || ms > 3_600_000L then otherwise else Int64.mul ms 1_000_000L

let learn t (ra : Icmpv6_packet.router_advertisement) =
  {
    t with
    reachable = within ~least_ms:1000L ra.reachable_ms ~otherwise:t.reachable;
    retrans = within ~least_ms:100L ra.retrans_ms ~otherwise:t.retrans;
  }

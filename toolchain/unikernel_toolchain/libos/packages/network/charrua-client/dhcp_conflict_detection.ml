(* Address conflict detection (RFC 5227): one probe before the address is used, two while
   it is. Somebody else has it who sends from it, or probes for it, too. *)

type t = {
  address : Ipaddr.V4.t;
  free_at : int64;
  next_at : int64;
  probes_left : int;
  conflict : bool;
}

let probe_ns = Duration.of_ms 50
let later_probes = 2

let start ~now address =
  {
    address;
    free_at = Int64.add now probe_ns;
    next_at = Int64.add now (Duration.of_sec 1);
    probes_left = later_probes;
    conflict = false;
  }

let probe_again ~now ~jitter_ms t =
  if t.probes_left = 0 then None
  else Some { t with probes_left = t.probes_left - 1; next_at = Int64.add now (Duration.of_ms (1000 + jitter_ms)) }

let conflicts_with t ~mac (p : Arp_packet.t) =
  let is ip = Ipaddr.V4.compare ip t.address = 0 in
  let probes = Ipaddr.V4.compare p.source_ip Ipaddr.V4.any = 0 && p.operation = Request in
  Macaddr.compare p.source_mac mac <> 0 && (is p.source_ip || (probes && is p.target_ip))

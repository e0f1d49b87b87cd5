type t = {
  address : Ipaddr.V4.t;
  silent_at : int64;
  next_at : int64;
  left : int;
  disputed : bool;
}

let probe_ns = Duration.of_ms 50
let later_probes = 2

let start ~now address =
  {
    address;
    silent_at = Int64.add now probe_ns;
    next_at = Int64.add now (Duration.of_sec 1);
    left = later_probes;
    disputed = false;
  }

let probe_again ~now ~chance t =
  if t.left = 0 then None
  else Some { t with left = t.left - 1; next_at = Int64.add now (Duration.of_ms (1000 + chance)) }

let disputes t ~mac (p : Arp_packet.t) =
  let is ip = Ipaddr.V4.compare ip t.address = 0 in
  let probes = Ipaddr.V4.compare p.source_ip Ipaddr.V4.any = 0 && p.operation = Request in
  Macaddr.compare p.source_mac mac <> 0 && (is p.source_ip || (probes && is p.target_ip))

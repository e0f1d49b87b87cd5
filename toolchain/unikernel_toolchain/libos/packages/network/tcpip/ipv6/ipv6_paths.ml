(* Path MTUs for what IP itself fragments. A "packet too big" counts only when it quotes
   one of the last few large datagrams: nobody else can lower a path (RFC 8201, section
   6). TCP, whose segments are not fragmented, checks its own. *)

type t = {
  mtus : Ipaddr.V6.t Path_mtu.t;
  destinations : Ipaddr.V6.t array;
  datagrams : int array;  (* ports and length *)
  mutable next : int;
}

let remembered = 16
let udp_number = Ipv6_layout.protocol_to_int `UDP

let create ~bytes =
  {
    mtus = Path_mtu.create ~bytes;
    destinations = Array.make remembered Ipaddr.V6.unspecified;
    datagrams = Array.make remembered 0;
    next = 0;
  }

let mtu t ~now ~link_mtu destination =
  if Path_mtu.entries t.mtus = 0 then link_mtu
  else
    match Path_mtu.find t.mtus ~now:(Int64.to_int now) destination with
    | Some (size, _) -> Int.min size link_mtu
    | None -> link_mtu

let least = Path_mtu.floor ~v6:true
let large = least - Ipv6_layout.sizeof_ipv6

(* Ports and length: the checksum may be the device's. *)
let name datagram =
  let at = Cstruct.BE.get_uint16 datagram in
  (at 0 lsl 32) lor (at 2 lsl 16) lor at 4

let sent t destination ~proto ~length payload =
  if length > large && proto = udp_number then begin
    t.destinations.(t.next) <- destination;
    t.datagrams.(t.next) <- name payload;
    t.next <- (t.next + 1) mod remembered
  end

let was_sent t destination datagram =
  let name = name datagram in
  let is i = t.datagrams.(i) = name && Ipaddr.V6.compare t.destinations.(i) destination = 0 in
  let rec search i = i < remembered && (is i || search (i + 1)) in
  search 0

let lower t ~now ~link_mtu destination reported =
  let current = mtu t ~now ~link_mtu destination in
  Path_mtu.lowered ~v6:true ~current ~reported
  |> Option.iter (Path_mtu.learn t.mtus ~now:(Int64.to_int now) destination)

let report t ~now ~link_mtu (report : Ip_errors.t) =
  match (report.reason, Ipaddr.V6.of_octets report.destination) with
  | Too_big reported, Ok destination
    when report.protocol = udp_number && was_sent t destination report.transport ->
      lower t ~now ~link_mtu destination reported
  | _ -> ()

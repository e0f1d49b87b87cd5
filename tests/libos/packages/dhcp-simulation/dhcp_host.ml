open Lwt.Infix
module Time = Virtual_time.Time

let mac = Macaddr.of_string_exn "02:00:00:00:00:01"
let echo_port = 7
let state = ref Seeded.state
let reseed seed = state := Random.State.make [| seed |]

module Chance = struct
  type g = unit

  let generate ?g:_ n =
    Cstruct.of_string (String.init n (fun _ -> Char.chr (Random.State.int !state 256)))
end

module Clock = struct
  let held = ref 0L
  let elapsed_ns () = Int64.add (Virtual_time.now_ns ()) !held
  let period_ns () = None
  let hold ns = held := Int64.add !held ns
  let reset () = held := 0L
end

module Eth = Ethernet.Make (Virtual_net)
module Arp4 = Arp.Make (Eth) (Time)
module Client = Dhcp_client_run.Make (Chance) (Time) (Virtual_net)
module Ip = Leased_ipv4.Make (Chance) (Clock) (Eth) (Arp4)

let echo ip ~src ~dst packet =
  match Udp_packet.Unmarshal.of_cstruct packet with
  | Ok ({ src_port; dst_port }, payload)
    when dst_port = echo_port && List.mem dst (Ip.get_ip ip) ->
      let header = { Udp_packet.src_port = dst_port; dst_port = src_port } in
      let length = Udp_wire.sizeof_udp + Cstruct.length payload in
      let pseudoheader = Ip.pseudoheader ip ~src:dst src `UDP length in
      let head = Udp_packet.Marshal.make_cstruct ~pseudoheader ~payload header in
      Lwt.map ignore (Ip.write ip ~src:dst src `UDP (fun _ -> 0) [ head; payload ])
  | Ok _ | Error _ -> Lwt.return_unit

let listen net eth arp ip =
  let drop ~src:_ ~dst:_ _ = Lwt.return_unit in
  let ipv4 = Ip.input ip ~tcp:drop ~udp:(echo ip) ~default:(fun ~proto:_ -> drop) in
  let ipv6 _ = Lwt.return_unit in
  let input = Eth.input ~arpv4:(Arp4.input arp) ~ipv4 ~ipv6 eth in
  Lwt.async (fun () -> Lwt.map ignore (Virtual_net.listen net ~header_size:14 input))

let start segment =
  Virtual_net.connect segment mac >>= fun net ->
  Eth.connect net >>= fun eth ->
  Arp4.connect eth >>= fun arp ->
  let request_lease ~notify =
    let notify event = notify (Leased_ipv4.event_of_dhcp event) in
    Client.connect net ~clock:Clock.elapsed_ns ~notify
  in
  Ip.connect request_lease eth arp >|= fun ip ->
  listen net eth arp ip;
  ip

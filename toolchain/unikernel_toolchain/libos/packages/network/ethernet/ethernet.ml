(* Multicast passes whatever its group: the layers above know which they have joined. *)

open Lwt.Infix

let src = Logs.Src.create "ethernet" ~doc:"Ethernet"

module Log = (val Logs.src_log src : Logs.LOG)

module Make (N : Mirage_net.S) = struct
  type error = [ Mirage_protocols.Ethernet.error | `Net of N.error ]

  let pp_error ppf = function
    | #Mirage_protocols.Ethernet.error as e ->
        Mirage_protocols.Ethernet.pp_error ppf e
    | `Net e -> N.pp_error ppf e

  type t = { net : N.t; station : Macaddr.t; mtu : int }

  let mac t = t.station
  let mtu t = t.mtu

  let for_us t destination =
    Macaddr.compare destination t.station = 0
    || not (Macaddr.is_unicast destination)

  let input ~arpv4 ~ipv4 ~ipv6 t frame =
    match Ethernet_packet.Unmarshal.of_cstruct frame with
    | Error why ->
        Log.debug (fun m -> m "dropped: %s" why);
        Lwt.return_unit
    | Ok (header, _) when not (for_us t header.destination) -> Lwt.return_unit
    | Ok (header, payload) -> (
        match header.ethertype with
        | `ARP -> arpv4 payload
        | `IPv4 -> ipv4 payload
        | `IPv6 -> ipv6 payload)

  (* The interface judges the length: one that segments takes more than the
     MTU. *)
  let write t ?(src = t.station) destination ethertype ?(size = t.mtu) fill =
    let header = { Ethernet_packet.source = src; destination; ethertype } in
    let fill_frame frame =
      match Ethernet_packet.Marshal.into_cstruct header frame with
      | Error why -> invalid_arg ("Ethernet.write: " ^ why)
      | Ok () ->
          let payload = Cstruct.shift frame Ethernet_wire.sizeof_ethernet in
          Ethernet_wire.sizeof_ethernet + fill payload
    in
    N.write t.net ~size:(Ethernet_wire.sizeof_ethernet + size) fill_frame
    >|= function
    | Ok () -> Ok ()
    | Error `Invalid_length -> Error `Exceeds_mtu
    | Error e -> Error (`Net e)

  let connect net = Lwt.return { net; station = N.mac net; mtu = N.mtu net }
  let disconnect _ = Lwt.return_unit
end

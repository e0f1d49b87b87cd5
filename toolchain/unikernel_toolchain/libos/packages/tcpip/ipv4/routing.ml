open Lwt.Infix

type routing_error = [ `Local | `Gateway ]
type next_hop = Station of Macaddr.t | Neighbour of Ipaddr.V4.t | Unreachable

let mac_of_multicast ip =
  let octets = Bytes.of_string (Ipaddr.V4.to_octets ip) in
  let low = Char.code (Bytes.get octets 1) land 0x7f in
  Macaddr.of_octets_exn
    (Printf.sprintf "\x01\x00\x5e%c%s" (Char.chr low) (Bytes.sub_string octets 2 2))

let same a b = Ipaddr.V4.compare a b = 0

let is_broadcast network ip =
  same ip Ipaddr.V4.broadcast
  || same ip (Ipaddr.V4.Prefix.broadcast network)
     && Ipaddr.V4.Prefix.bits network < 31

let next_hop network gateway ip =
  if is_broadcast network ip then Station Macaddr.broadcast
  else if Ipaddr.V4.is_multicast ip then Station (mac_of_multicast ip)
  else if Ipaddr.V4.Prefix.mem ip network then Neighbour ip
  else
    match gateway with
    | Some gateway -> Neighbour gateway
    | None -> Unreachable

module Make (Log : Logs.LOG) (A : Mirage_protocols.ARP) = struct
  let destination_mac network gateway arp ip =
    match next_hop network gateway ip with
    | Station mac -> Lwt.return (Ok mac)
    | Unreachable ->
        Log.debug (fun m -> m "no gateway to reach %a" Ipaddr.V4.pp ip);
        Lwt.return (Error `Gateway)
    | Neighbour next -> (
        A.query arp next >|= function
        | Ok mac -> Ok mac
        | Error e ->
            Log.debug (fun m -> m "%a: %a" Ipaddr.V4.pp next A.pp_error e);
            Error (if same next ip then `Local else `Gateway))
end

(* The next hop is the longest matching prefix's (RFC 1812, section 5.2.4.3); for a host
   nearly always the network itself or the gateway, so a sorted list is enough. *)

open Lwt.Infix

type routing_error = [ `Local | `Gateway ]
type route = Ipaddr.V4.Prefix.t * Ipaddr.V4.t option
type next_hop = Mac of Macaddr.t | Neighbour of Ipaddr.V4.t | Unreachable

(* RFC 1112, section 6.4: the low 23 bits. *)
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

let bits (prefix, _) = Ipaddr.V4.Prefix.bits prefix
let table routes = List.stable_sort (fun a b -> compare (bits b) (bits a)) routes

let longer (prefix, _) network = Ipaddr.V4.Prefix.bits prefix > Ipaddr.V4.Prefix.bits network
let matches ip (prefix, _) = Ipaddr.V4.Prefix.mem ip prefix
let via ip (_, router) = Neighbour (Option.value router ~default:ip)

(* The first that fits is the longest; the network itself has its place among
   them. *)
let rec routed network gateway ip = function
  | route :: rest when longer route network ->
      if matches ip route then via ip route else routed network gateway ip rest
  | _ when Ipaddr.V4.Prefix.mem ip network -> Neighbour ip
  | routes -> (
      match (List.find_opt (matches ip) routes, gateway) with
      | Some route, _ -> via ip route
      | None, Some gateway -> Neighbour gateway
      | None, None -> Unreachable)

let next_hop ?(routes = []) network gateway ip =
  if is_broadcast network ip then Mac Macaddr.broadcast
  else if Ipaddr.V4.is_multicast ip then Mac (mac_of_multicast ip)
  else routed network gateway ip routes

module Make (Log : Logs.LOG) (A : Mirage_protocols.ARP) = struct
  let destination_mac ?routes network gateway arp ip =
    match next_hop ?routes network gateway ip with
    | Mac mac -> Lwt.return (Ok mac)
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

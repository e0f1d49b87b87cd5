(* Few interfaces, so a list; by hardware address, for that is all that ARP and a DHCP
   client both know. *)

type station = {
  mac : Macaddr.t;
  mutable on_packet : Arp_packet.t -> unit;
  mutable may_use_address : unit -> bool;
}

let stations : station list ref = ref []
let find mac = List.find_opt (fun s -> Macaddr.compare s.mac mac = 0) !stations

let station mac =
  match find mac with
  | Some station -> station
  | None ->
      let station = { mac; on_packet = ignore; may_use_address = (fun () -> true) } in
      stations := station :: !stations;
      station

let on_packet mac on_packet = (station mac).on_packet <- on_packet
let packet mac p = Option.iter (fun s -> s.on_packet p) (find mac)
let set_address_check mac may_use_address = (station mac).may_use_address <- may_use_address
let may_use_address mac = match find mac with Some s -> s.may_use_address () | None -> true

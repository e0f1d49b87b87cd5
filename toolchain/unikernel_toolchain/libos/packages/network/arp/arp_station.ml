type station = {
  mac : Macaddr.t;
  mutable hear : Arp_packet.t -> unit;
  mutable may_speak : unit -> bool;
}

let stations : station list ref = ref []
let find mac = List.find_opt (fun s -> Macaddr.compare s.mac mac = 0) !stations

let station mac =
  match find mac with
  | Some station -> station
  | None ->
      let station = { mac; hear = ignore; may_speak = (fun () -> true) } in
      stations := station :: !stations;
      station

let on_packet mac hear = (station mac).hear <- hear
let packet mac p = Option.iter (fun s -> s.hear p) (find mac)
let guard mac may_speak = (station mac).may_speak <- may_speak
let may_speak mac = match find mac with Some s -> s.may_speak () | None -> true

(* Both trees hold the same offers. A later offer of an address takes it from the earlier
   client. *)

module Clients = Map.Make (struct
    type t = Dhcp_wire.client_id

    let compare = compare
  end)

module Addresses = Map.Make (Ipaddr.V4)

type offer = { client : Dhcp_wire.client_id; addr : Ipaddr.V4.t; until : int32 }
type t = { by_client : offer Clients.t; by_address : offer Addresses.t; count : int }

let none = { by_client = Clients.empty; by_address = Addresses.empty; count = 0 }
let is_over now offer = Int32.compare offer.until now <= 0

let without t offer =
  {
    by_client = Clients.remove offer.client t.by_client;
    by_address = Addresses.remove offer.addr t.by_address;
    count = t.count - 1;
  }

let remove client t =
  Option.fold (Clients.find_opt client t.by_client) ~none:t ~some:(without t)

let without_those_over t now =
  Clients.fold (fun _ offer t -> if is_over now offer then without t offer else t) t.by_client t

let add client addr t ~until ~now ~most =
  let t = remove client t in
  let t = Option.fold (Addresses.find_opt addr t.by_address) ~none:t ~some:(without t) in
  let t = if t.count < most then t else without_those_over t now in
  if t.count >= most then t
  else
    let offer = { client; addr; until } in
    {
      by_client = Clients.add client offer t.by_client;
      by_address = Addresses.add addr offer t.by_address;
      count = t.count + 1;
    }

let of_client client t ~now =
  match Clients.find_opt client t.by_client with
  | Some offer when not (is_over now offer) -> Some offer.addr
  | Some _ | None -> None

let is_another's client addr t ~now =
  match Addresses.find_opt addr t.by_address with
  | Some offer -> offer.client <> client && not (is_over now offer)
  | None -> false

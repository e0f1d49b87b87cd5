open Dhcp_sexp_value

type t = {
  tm_start : int32;
  tm_end : int32;
  addr : Ipaddr.V4.t;
  client_id : Dhcp_wire.client_id;
}

let sexp_of_t t =
  let field name value = Sexp.List [ Atom name; value ] in
  Sexp.List
    [
      field "tm_start" (sexp_of_int32 t.tm_start);
      field "tm_end" (sexp_of_int32 t.tm_end);
      field "addr" (sexp_of_address t.addr);
      field "client_id" (sexp_of_client_id t.client_id);
    ]

let t_of_sexp = function
  | Sexp.List
      [
        List [ Atom "tm_start"; first ]; List [ Atom "tm_end"; last ]; List [ Atom "addr"; addr ];
        List [ Atom "client_id"; client ];
      ] ->
      {
        tm_start = int32_of_sexp first;
        tm_end = int32_of_sexp last;
        addr = address_of_sexp addr;
        client_id = client_id_of_sexp client;
      }
  | sexp -> of_sexp_error "a DHCP lease: no such record" sexp

(* {2 Times} *)

let later now duration =
  let at = Int32.add now duration in
  if Int32.compare duration 0l >= 0 && Int32.compare at now < 0 then Int32.max_int else at

let make client_id addr ~duration ~now =
  { tm_start = now; tm_end = later now duration; addr; client_id }

let make_fixed mac addr ~duration ~now = make (Dhcp_wire.Hwaddr mac) addr ~duration ~now
let expired t ~now = Int32.compare t.tm_end now <= 0
let timeleft t ~now = if expired t ~now then 0l else Int32.sub t.tm_end now

let timeleft_exn t ~now =
  if expired t ~now then invalid_arg "Dhcp_server.Lease.timeleft_exn: the lease is over"
  else timeleft t ~now

let timeleft3 t first second ~now =
  let left = timeleft t ~now in
  let part of_it = Int32.of_float (of_it *. Int32.to_float left) in
  (left, part first, part second)

let extend t ~now = { t with tm_start = now; tm_end = later now (Int32.sub t.tm_end t.tm_start) }

let to_string t =
  Printf.sprintf "%s for %s, from %ld to %ld" (Ipaddr.V4.to_string t.addr)
    (Dhcp_wire.client_id_to_string t.client_id) t.tm_start t.tm_end

(* {2 The database} *)

module Clients = Dhcp_server_offers.Clients
module Addresses = Dhcp_server_offers.Addresses

type database = {
  by_client : t Clients.t;
  by_address : t Addresses.t;
  count : int;
  offers : Dhcp_server_offers.t;
}

let make_db () =
  {
    by_client = Clients.empty;
    by_address = Addresses.empty;
    count = 0;
    offers = Dhcp_server_offers.none;
  }

let to_list db = List.map snd (Addresses.bindings db.by_address)
let count db = db.count
let lease_of_client_id client db = Clients.find_opt client db.by_client
let lease_of_addr addr db = Addresses.find_opt addr db.by_address
let addr_allocated addr db = Addresses.mem addr db.by_address

let addr_available addr db ~now =
  Option.fold (lease_of_addr addr db) ~none:true ~some:(expired ~now)

let without db t =
  {
    db with
    by_client = Clients.remove t.client_id db.by_client;
    by_address = Addresses.remove t.addr db.by_address;
    count = db.count - 1;
  }

let remove t db =
  match lease_of_addr t.addr db with
  | Some known when known.client_id = t.client_id -> without db known
  | Some _ | None -> db

let replace t db =
  let db = Option.fold (lease_of_addr t.addr db) ~none:db ~some:(without db) in
  let db = Option.fold (lease_of_client_id t.client_id db) ~none:db ~some:(without db) in
  {
    by_client = Clients.add t.client_id t db.by_client;
    by_address = Addresses.add t.addr t db.by_address;
    count = db.count + 1;
    offers = Dhcp_server_offers.remove t.client_id db.offers;
  }

let offer client addr db ~until ~now ~most =
  { db with offers = Dhcp_server_offers.add client addr db.offers ~until ~now ~most }

let offered_to_another client addr db ~now =
  Dhcp_server_offers.is_another's client addr db.offers ~now

let garbage_collect db ~now =
  Addresses.fold (fun _ t db -> if expired t ~now then without db t else db) db.by_address db

(* {2 A free address}

   Addresses are numbers without sign here. A client's first choice follows from its
   identifier, so that it is given the same one as long as nobody else takes that. *)

let number addr = Int32.to_int (Ipaddr.V4.to_int32 addr) land 0xffff_ffff
let address number = Ipaddr.V4.of_int32 (Int32.of_int number)

let rec first_that fits first last =
  if first > last then None
  else if fits (address first) then Some (address first)
  else first_that fits (first + 1) last

(* From the preferred one to the range's end, then from its beginning. That goes as far as
   there are leases, offers and reserved ones at most, whose numbers are bounded. *)
let around preferred first last fits =
  match first_that fits preferred last with
  | Some _ as found -> found
  | None -> first_that fits first (preferred - 1)

let usable_addr ?(reserved = fun _ -> false) client db range ~now =
  let choose first last =
    let preferred = first + (Hashtbl.hash client mod (last - first + 1)) in
    let promised addr = offered_to_another client addr db ~now in
    let available addr = addr_available addr db ~now && not (reserved addr) in
    let unpromised addr = available addr && not (promised addr) in
    let untouched addr = unpromised addr && not (addr_allocated addr db) in
    List.find_map (around preferred first last) [ untouched; unpromised; available ]
  in
  let known =
    match lease_of_client_id client db with
    | Some { addr; _ } -> Some addr
    | None -> Dhcp_server_offers.of_client client db.offers ~now
  in
  match (range, known) with
  | None, _ -> None
  | Some (low, high), Some addr
    when number low <= number addr && number addr <= number high && not (reserved addr) ->
      Some addr
  | Some (low, high), (Some _ | None) when number low <= number high ->
      choose (number low) (number high)
  | Some _, (Some _ | None) -> None

let get_usable_addr client db range ~now = usable_addr client db range ~now

(* Neighbour unreachability detection (RFC 4861, section 7.3 and appendix C):

     none --packet--> INCOMPLETE --answer--> REACHABLE --its time is over--> (as STALE)
                          | 3 solicits           ^  |
                          v                      |  | other address, or unsolicited news
                        none          solicited  |  v
                          ^           answer     STALE --packet--> DELAY
                          | 3 solicits           |                   | 5 s
                        PROBE <------------------+-------------------+

   REACHABLE has no timer of its own: only the next packet looks whether its time is over,
   so that an idle neighbour costs nothing. *)

open Ndp_timing

type t =
  | Incomplete of { solicits : int; next_at : int64 }
  | Reachable of { mac : Macaddr.t; until : int64 }
  | Stale of Macaddr.t
  | Delay of { mac : Macaddr.t; until : int64 }
  | Probe of { mac : Macaddr.t; solicits : int; next_at : int64 }

type action = Nothing | Multicast_solicit | Unicast_solicit of Macaddr.t | Delete

let mac = function
  | Incomplete _ -> None
  | Reachable { mac; _ } | Stale mac | Delay { mac; _ } | Probe { mac; _ } -> Some mac

let deadline = function
  | Incomplete { next_at; _ } | Probe { next_at; _ } -> next_at
  | Delay { until; _ } -> until
  | Reachable _ | Stale _ -> never

let incomplete timing ~now = Incomplete { solicits = 1; next_at = Int64.add now timing.retrans }
let delay ~now mac = Delay { mac; until = Int64.add now delay_first_probe }

let packet_sent ~now = function
  | Stale mac -> delay ~now mac
  | Reachable { mac; until } when now >= until -> delay ~now mac
  | t -> t

let tick timing ~now t =
  let next = Int64.add now timing.retrans in
  match t with
  | Incomplete { solicits; next_at } when now >= next_at ->
      if solicits >= max_multicast_solicits then (t, Delete)
      else (Incomplete { solicits = solicits + 1; next_at = next }, Multicast_solicit)
  | Delay { mac; until } when now >= until ->
      (Probe { mac; solicits = 1; next_at = next }, Unicast_solicit mac)
  | Probe { mac; solicits; next_at } when now >= next_at ->
      if solicits >= max_unicast_solicits then (t, Delete)
      else (Probe { mac; solicits = solicits + 1; next_at = next }, Unicast_solicit mac)
  | Incomplete _ | Reachable _ | Stale _ | Delay _ | Probe _ -> (t, Nothing)

let same = Option.equal (fun a b -> Macaddr.compare a b = 0)

(* The same address is no news, and must not reset what is being probed. *)
let unsolicited t link_address =
  match t with
  | Some t when same (mac t) (Some link_address) -> t
  | _ -> Stale link_address

let reachable timing ~now mac = Reachable { mac; until = Int64.add now timing.reachable }

let is_asked = function
  | Incomplete _ | Probe _ -> true
  | Reachable _ | Stale _ | Delay _ -> false

(* "Solicited" is for answers (RFC 4861, section 4.4): of who was not asked it
   confirms nothing, and what it claims is looked into like other news. *)
let advertised timing ~now ~solicited ~override t link_address =
  let solicited = solicited && is_asked t in
  let confirmed mac = if solicited then reachable timing ~now mac else Stale mac in
  match (t, mac t, link_address) with
  | Incomplete _, _, link_address -> Option.map confirmed link_address
  | _, Some known, link_address when Option.is_none link_address || same link_address (Some known) ->
      Some (if solicited then reachable timing ~now known else t)
  | _, _, Some link_address when override -> Some (confirmed link_address)
  | Reachable { mac; _ }, _, _ -> Some (Stale mac)
  | _ -> None

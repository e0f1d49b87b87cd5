(* One function a message. A REQUEST means four things, which its fields tell apart
   (RFC 2131, section 4.3.2, table 4):

     SELECTING    a server's identifier, the address offered
     INIT-REBOOT  no server, the address that was had before
     RENEWING     no server, no address, ciaddr; to this server alone
     REBINDING    the same, to all servers

   A server that has forgotten its leases, as one that was started again, grants renewals of
   addresses which are nobody else's. *)

open Dhcp_wire
module Config = Dhcp_server_config
module Lease = Dhcp_server_lease
module Reply = Dhcp_server_reply

type result =
  | Silence
  | Update of Lease.database
  | Reply of pkt * Lease.database
  | Warning of string
  | Error of string

let warning format = Printf.ksprintf (fun why -> Warning why) format
let error format = Printf.ksprintf (fun why -> Error why) format
let same a b = Ipaddr.V4.compare a b = 0
let is_set address = not (same address Ipaddr.V4.any)
let show = Ipaddr.V4.to_string
let collect_replies_test config mac codes = Reply.options_for config mac (Some codes)

let for_us (config : Config.t) pkt =
  let is_own_mac = Macaddr.compare pkt.dstmac config.mac_addr = 0 in
  let to_all =
    same pkt.dstip Ipaddr.V4.broadcast
    || same pkt.dstip (Ipaddr.V4.Prefix.broadcast config.network)
  in
  (is_own_mac || Macaddr.compare pkt.dstmac Macaddr.broadcast = 0)
  && (to_all || same pkt.dstip config.ip_addr)

(* {2 Who may have which address} *)

type request = {
  config : Config.t;
  db : Lease.database;
  pkt : pkt;
  now : int32;
  client : client_id;
  fixed : Ipaddr.V4.t option;
}

let client_name r =
  Printf.sprintf "%s (%s)" (client_id_to_string r.client) (Macaddr.to_string r.pkt.chaddr)

let fixed_of (config : Config.t) mac =
  List.find_map
    (fun (host : Config.host) ->
       if Macaddr.compare host.hw_addr mac = 0 then host.fixed_addr else None)
    config.hosts

(* Addresses of the range that are never lent. *)
let reserved (config : Config.t) addr =
  same addr config.ip_addr
  || same addr (Ipaddr.V4.Prefix.network config.network)
  || same addr (Ipaddr.V4.Prefix.broadcast config.network)
  || List.exists (fun (host : Config.host) -> host.fixed_addr = Some addr) config.hosts

let in_range (config : Config.t) addr =
  match config.range with
  | Some (first, last) ->
      Ipaddr.V4.compare first addr <= 0 && Ipaddr.V4.compare addr last <= 0
  | None -> false

let own_lease r = Lease.lease_of_client_id r.client r.db

let holds r addr = Option.fold (own_lease r) ~none:false ~some:(fun (l : Lease.t) -> same l.addr addr)

let may_have r addr =
  match r.fixed with
  | Some fixed -> same fixed addr
  | None ->
      in_range r.config addr
      && (not (reserved r.config addr))
      && (holds r addr || Lease.addr_available addr r.db ~now:r.now)

(* {2 Leases} *)

(* What a lease takes, its nodes of both trees and a client's identifier included. *)
let bytes_each = 512
let most_leases () = Memory_size.part 64 / bytes_each

let least a b = if Int32.unsigned_compare a b <= 0 then a else b

let duration r =
  let { Config.default_lease_time; max_lease_time; _ } = r.config in
  match find_ip_lease_time r.pkt.options with
  | Some asked when asked <> 0l -> least asked max_lease_time
  | Some _ | None -> least default_lease_time max_lease_time

let lease_of r addr = Lease.make r.client addr ~duration:(duration r) ~now:r.now

(* Known clients keep their place; of the others there are no more than there is room for. *)
let kept r lease =
  if Lease.count r.db < most_leases () || own_lease r <> None then Some (Lease.replace lease r.db)
  else
    let db = Lease.garbage_collect r.db ~now:r.now in
    if Lease.count db < most_leases () then Some (Lease.replace lease db) else None

let grant r addr =
  let lease = lease_of r addr in
  match kept r lease with
  | Some db -> Reply (Reply.ack r.config r.pkt lease ~now:r.now, db)
  | None -> error "there are %d leases, and no memory for one more" (Lease.count r.db)

let refuse r format =
  Printf.ksprintf (fun why -> Reply (Reply.nak r.config r.pkt why, r.db)) format

(* {2 The messages} *)

(* The one wished for, where the client has none. *)
let choose r =
  match (r.fixed, own_lease r, find_request_ip r.pkt.options) with
  | (Some _ as fixed), _, _ -> fixed
  | None, Some { addr; _ }, _ when may_have r addr -> Some addr
  | None, _, Some wished
    when may_have r wished && not (Lease.offered_to_another r.client wished r.db ~now:r.now) ->
      Some wished
  | None, _, _ ->
      Lease.usable_addr ~reserved:(reserved r.config) r.client r.db r.config.range ~now:r.now

(* Long enough for an answer over a slow link that is sent again. *)
let offer_s = 30l

let discover r =
  match choose r with
  | Some addr ->
      let until = Int32.add r.now offer_s in
      let db = Lease.offer r.client addr r.db ~until ~now:r.now ~most:(most_leases ()) in
      Reply (Reply.offer r.config r.pkt (lease_of r addr) ~now:r.now, db)
  | None when r.config.range = None -> warning "%s is no host of this server, which has no range" (client_name r)
  | None -> error "no address is left for %s" (client_name r)

let selecting r addr =
  if may_have r addr then grant r addr
  else refuse r "%s is not to be had any more" (show addr)

let init_reboot r addr =
  if not (Ipaddr.V4.Prefix.mem addr r.config.network) then
    refuse r "%s is not on this network" (show addr)
  else
    match (r.fixed, own_lease r) with
    | None, None -> warning "%s asks for %s, of which nothing is known" (client_name r) (show addr)
    | Some _, _ | None, Some _ ->
        if may_have r addr && (r.fixed <> None || holds r addr) then grant r addr
        else refuse r "%s is not yours" (show addr)

(* Who asks all servers may have an address of another one's. *)
let extend r =
  let addr = r.pkt.ciaddr in
  let to_us_alone = same r.pkt.dstip r.config.ip_addr in
  if may_have r addr then grant r addr
  else if to_us_alone || in_range r.config addr then refuse r "%s is not yours" (show addr)
  else Silence

let request r =
  let server = find_server_identifier r.pkt.options in
  match (server, find_request_ip r.pkt.options) with
  | Some server, _ when not (same server r.config.ip_addr) -> Silence
  | Some _, Some addr -> selecting r addr
  | None, Some addr when not (is_set r.pkt.ciaddr) -> init_reboot r addr
  | (Some _ | None), (Some _ | None) when is_set r.pkt.ciaddr -> extend r
  | (Some _ | None), (Some _ | None) -> warning "%s requests no address" (client_name r)

let is_to_us r =
  match find_server_identifier r.pkt.options with
  | Some server -> same server r.config.ip_addr
  | None -> false

let shortest_rest_s = 600l

(* Nobody's client: none has an identifier that short (RFC 2132, section 9.14). *)
let nobody addr = Id (Printf.sprintf "\000declined %s" (show addr))

let decline r =
  match (find_request_ip r.pkt.options, own_lease r) with
  | Some addr, _ when r.fixed = Some addr ->
      error "somebody else has %s, the fixed address of %s" (show addr) (client_name r)
  | Some addr, Some lease when same lease.addr addr ->
      let duration = Int32.(if compare r.config.default_lease_time shortest_rest_s < 0
                            then shortest_rest_s else r.config.default_lease_time) in
      let rest = Lease.make (nobody addr) addr ~duration ~now:r.now in
      Update (Lease.replace rest (Lease.remove lease r.db))
  | _ -> warning "%s declines an address that it has not got" (client_name r)

let release r =
  match own_lease r with
  | Some lease when same lease.addr r.pkt.ciaddr -> Update (Lease.remove lease r.db)
  | Some _ | None ->
      warning "%s releases %s, which it has not got" (client_name r) (show r.pkt.ciaddr)

(* Anybody can say that an address is its own: those of other networks are not written to. *)
let inform r =
  let address = if is_set r.pkt.ciaddr then r.pkt.ciaddr else r.pkt.srcip in
  if is_set address && Ipaddr.V4.Prefix.mem address r.config.network then
    Reply (Reply.ack_inform r.config r.pkt address, r.db)
  else warning "%s informs of %s, which is not on this network" (client_name r) (show address)

(* {2 All} *)

let handle r =
  match find_message_type r.pkt.options with
  | Some DHCPDISCOVER -> discover r
  | Some DHCPREQUEST -> request r
  | Some DHCPDECLINE when is_to_us r -> decline r
  | Some DHCPRELEASE when is_to_us r -> release r
  | Some (DHCPDECLINE | DHCPRELEASE) -> Silence
  | Some DHCPINFORM -> inform r
  | Some other -> warning "%s sends %s" (client_name r) (msgtype_to_string other)
  | None -> warning "%s speaks BOOTP without DHCP" (client_name r)

let is_local (config : Config.t) pkt =
  (not (is_set pkt.giaddr)) || Ipaddr.V4.Prefix.mem pkt.giaddr config.network

let input_pkt config db pkt now =
  if pkt.op <> BOOTREQUEST || not (for_us config pkt) then Silence
  else if pkt.htype <> Ethernet_10mb || pkt.hlen <> 6 then
    warning "a client whose hardware is not Ethernet"
  else if not (Macaddr.is_unicast pkt.chaddr) then
    warning "%s is no client's hardware address" (Macaddr.to_string pkt.chaddr)
  else if not (is_local config pkt) then
    warning "a relay of another network: %s" (show pkt.giaddr)
  else
    let client = client_id_of_pkt pkt in
    handle { config; db; pkt; now; client; fixed = fixed_of config pkt.chaddr }

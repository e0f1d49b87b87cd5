open Lwt.Infix

(* ::ffff:a.b.c.d stands for an IPv4 address inside a host; nothing that comes from it or goes
   to it belongs on a link (RFC 4942, section 2.2). *)
let first_mapped = Ipaddr.V6.make 0 0 0 0 0 0xffff 0 0
let last_mapped = Ipaddr.V6.make 0 0 0 0 0 0xffff 0xffff 0xffff

(* Of every packet: comparing allocates nothing, whatever an address is in this ipaddr. *)
let is_mapped ip =
  Ipaddr.V6.compare first_mapped ip <= 0 && Ipaddr.V6.compare ip last_mapped <= 0
let is_version_4 packet = Cstruct.length packet > 0 && Cstruct.get_uint8 packet 0 lsr 4 = 4

module Make
    (Ipv4 : Mirage_protocols.IP with type ipaddr = Ipaddr.V4.t)
    (Ipv6 : Mirage_protocols.IP with type ipaddr = Ipaddr.V6.t) =
struct
  type error = [ Mirage_protocols.Ip.error | `Ipv4 of Ipv4.error | `Ipv6 of Ipv6.error ]

  let pp_error ppf = function
    | #Mirage_protocols.Ip.error as e -> Mirage_protocols.Ip.pp_error ppf e
    | `Ipv4 e -> Ipv4.pp_error ppf e
    | `Ipv6 e -> Ipv6.pp_error ppf e

  type ipaddr = Ipaddr.t

  let pp_ipaddr = Ipaddr.pp

  type callback = src:ipaddr -> dst:ipaddr -> Cstruct.t -> unit Lwt.t

  (* What those above are handed packets by, in the form that each family calls. They are
     made once, as long as those above stay the same: made for each packet, they are garbage. *)
  type handlers = {
    tcp : callback;
    udp : callback;
    default : proto:int -> callback;
    tcp4 : Ipv4.callback;
    udp4 : Ipv4.callback;
    default4 : proto:int -> Ipv4.callback;
    tcp6 : Ipv6.callback;
    udp6 : Ipv6.callback;
    default6 : proto:int -> Ipv6.callback;
  }

  type t = {
    v4 : Ipv4.t option;
    v6 : Ipv6.t option;
    mutable handlers : handlers option;
    mutable own4 : Ipaddr.V4.t list;
    mutable own6 : Ipaddr.V6.t list;
    mutable own : Ipaddr.t list;  (** both of these *)
  }

  (* {2 Receiving} *)

  let handlers ~tcp ~udp ~default =
    let nothing = Lwt.return_unit in
    {
      tcp;
      udp;
      default;
      tcp4 = (fun ~src ~dst packet -> tcp ~src:(V4 src) ~dst:(V4 dst) packet);
      udp4 = (fun ~src ~dst packet -> udp ~src:(V4 src) ~dst:(V4 dst) packet);
      default4 =
        (fun ~proto ~src ~dst packet -> default ~proto ~src:(V4 src) ~dst:(V4 dst) packet);
      tcp6 =
        (fun ~src ~dst packet ->
           if is_mapped src then nothing else tcp ~src:(V6 src) ~dst:(V6 dst) packet);
      udp6 =
        (fun ~src ~dst packet ->
           if is_mapped src then nothing else udp ~src:(V6 src) ~dst:(V6 dst) packet);
      default6 =
        (fun ~proto ~src ~dst packet ->
           if is_mapped src then nothing
           else default ~proto ~src:(V6 src) ~dst:(V6 dst) packet);
    }

  let handlers_for t ~tcp ~udp ~default =
    match t.handlers with
    | Some up when up.tcp == tcp && up.udp == udp && up.default == default -> up
    | Some _ | None ->
        let up = handlers ~tcp ~udp ~default in
        t.handlers <- Some up;
        up

  let input t ~tcp ~udp ~default packet =
    let up = handlers_for t ~tcp ~udp ~default in
    if is_version_4 packet then
      match t.v4 with
      | Some ip -> Ipv4.input ip ~tcp:up.tcp4 ~udp:up.udp4 ~default:up.default4 packet
      | None -> Lwt.return_unit
    else
      match t.v6 with
      | Some ip -> Ipv6.input ip ~tcp:up.tcp6 ~udp:up.udp6 ~default:up.default6 packet
      | None -> Lwt.return_unit

  (* {2 Sending} *)

  let sent = Lwt.return_ok ()
  let no_route why = Lwt.return_error (`No_route why)

  let of_v4 = function
    | #Mirage_protocols.Ip.error as e -> (e :> error)
    | e -> `Ipv4 e

  let of_v6 = function
    | #Mirage_protocols.Ip.error as e -> (e :> error)
    | e -> `Ipv6 e

  (* Without allocation in the usual case: TCP sends nearly everything through here. *)
  let outcome widen written =
    match Lwt.state written with
    | Return (Ok ()) -> sent
    | Return (Error _) | Fail _ | Sleep -> written >|= Result.map_error widen

  let other_family = "source and destination are of different families"

  let write_v4 t ?fragment ?ttl ?src dst proto ?size fill buffers =
    match (t.v4, src) with
    | None, _ -> no_route "this stack has no IPv4"
    | Some _, Some (Ipaddr.V6 _) -> no_route other_family
    | Some ip, None ->
        outcome of_v4 (Ipv4.write ip ?fragment ?ttl dst proto ?size fill buffers)
    | Some ip, Some (V4 src) ->
        outcome of_v4 (Ipv4.write ip ?fragment ?ttl ~src dst proto ?size fill buffers)

  let write_v6 t ?fragment ?ttl ?src dst proto ?size fill buffers =
    match (t.v6, src) with
    | _ when is_mapped dst ->
        no_route (Ipaddr.V6.to_string dst ^ " stands for an IPv4 address: use that")
    | None, _ -> no_route "this stack has no IPv6"
    | Some _, Some (Ipaddr.V4 _) -> no_route other_family
    | Some ip, None ->
        outcome of_v6 (Ipv6.write ip ?fragment ?ttl dst proto ?size fill buffers)
    | Some ip, Some (V6 src) ->
        outcome of_v6 (Ipv6.write ip ?fragment ?ttl ~src dst proto ?size fill buffers)

  let write t ?fragment ?ttl ?src dst proto ?size fill buffers =
    match (dst : Ipaddr.t) with
    | V4 dst -> write_v4 t ?fragment ?ttl ?src dst proto ?size fill buffers
    | V6 dst -> write_v6 t ?fragment ?ttl ?src dst proto ?size fill buffers

  (* Of packets that are not sent: see [write]. *)
  let no_pseudoheader (dst : Ipaddr.t) =
    Cstruct.create (match dst with V4 _ -> 12 | V6 _ -> 40)

  let pseudoheader t ?src dst proto length =
    match ((dst : Ipaddr.t), t.v4, t.v6, (src : Ipaddr.t option)) with
    | V4 dst, Some ip, _, Some (V4 src) -> Ipv4.pseudoheader ip ~src dst proto length
    | V4 dst, Some ip, _, None -> Ipv4.pseudoheader ip dst proto length
    | V6 dst, _, Some ip, Some (V6 src) -> Ipv6.pseudoheader ip ~src dst proto length
    | V6 dst, _, Some ip, None -> Ipv6.pseudoheader ip dst proto length
    | V4 _, _, _, (Some _ | None) | V6 _, _, _, (Some _ | None) -> no_pseudoheader dst

  (* {2 Addresses} *)

  let src t ~dst =
    match ((dst : Ipaddr.t), t.v4, t.v6) with
    | V4 dst, Some ip, _ -> Ipaddr.V4 (Ipv4.src ip ~dst)
    | V4 _, None, _ -> V4 Ipaddr.V4.any
    | V6 dst, _, Some ip when not (is_mapped dst) -> V6 (Ipv6.src ip ~dst)
    | V6 _, _, _ -> V6 Ipaddr.V6.unspecified

  let equal_v4 a b = Ipaddr.V4.compare a b = 0
  let equal_v6 a b = Ipaddr.V6.compare a b = 0

  (* TCP asks for each packet. *)
  let get_ip t =
    let own4 = match t.v4 with None -> [] | Some ip -> Ipv4.get_ip ip in
    let own6 = match t.v6 with None -> [] | Some ip -> Ipv6.get_ip ip in
    if not (List.equal equal_v4 own4 t.own4 && List.equal equal_v6 own6 t.own6) then begin
      let v4 ip = Ipaddr.V4 ip and v6 ip = Ipaddr.V6 ip in
      t.own4 <- own4;
      t.own6 <- own6;
      t.own <- List.map v4 own4 @ List.map v6 own6
    end;
    t.own

  (* There is one for all destinations: what fits behind the longer header. *)
  let mtu t =
    match (t.v6, t.v4) with
    | Some ip, _ -> Ipv6.mtu ip
    | None, Some ip -> Ipv4.mtu ip
    | None, None -> 0

  let mtu_to t (dst : Ipaddr.t) =
    match dst with
    | V4 _ -> Option.fold t.v4 ~none:(mtu t) ~some:Ipv4.mtu
    | V6 _ -> Option.fold t.v6 ~none:(mtu t) ~some:Ipv6.mtu

  (* {2 Life} *)

  let of_families v4 v6 =
    { v4; v6; handlers = None; own4 = []; own6 = []; own = [] }

  let v4 t = t.v4
  let v6 t = t.v6

  let connect ~ipv4_only ~ipv6_only v4 v6 =
    if ipv4_only && ipv6_only then Lwt.fail_with "IPv4 only and IPv6 only exclude each other"
    else
      let unless only ip = if only then None else Some ip in
      Lwt.return (of_families (unless ipv6_only v4) (unless ipv4_only v6))

  let disconnect t =
    let end_of disconnect = Option.fold ~none:Lwt.return_unit ~some:disconnect in
    end_of Ipv4.disconnect t.v4 >>= fun () -> end_of Ipv6.disconnect t.v6
end

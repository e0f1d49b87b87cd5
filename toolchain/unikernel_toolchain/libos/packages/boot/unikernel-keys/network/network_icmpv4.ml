(* ICMP for a stack that may have no IPv4: a module that is there in any case. *)

module type IP = sig
  type t

  module V4 : Mirage_protocols.IPV4

  val v4 : t -> V4.t option
end

module Make (Ip : IP) = struct
  module Icmp = Icmpv4.Make (Ip.V4)

  type t = Icmp.t option
  type ipaddr = Ipaddr.V4.t
  type error = Icmp.error option

  let pp_error ppf = function
    | None -> Format.pp_print_string ppf "this stack has no IPv4"
    | Some error -> Icmp.pp_error ppf error

  let input t ~src ~dst packet =
    match t with
    | None -> Lwt.return_unit
    | Some icmp -> Icmp.input icmp ~src ~dst packet

  let write t ~dst ?ttl packet =
    match t with
    | None -> Lwt.return_error None
    | Some icmp -> Lwt.map (Result.map_error Option.some) (Icmp.write icmp ~dst ?ttl packet)

  let connect ip =
    match Ip.v4 ip with
    | None -> Lwt.return_none
    | Some ip -> Lwt.map Option.some (Icmp.connect ip)

  let disconnect = Option.fold ~none:Lwt.return_unit ~some:Icmp.disconnect
end

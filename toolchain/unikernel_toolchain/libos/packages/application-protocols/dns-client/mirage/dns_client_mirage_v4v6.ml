module Over (S : Mirage_stack.V4V6) = struct
  include S

  type ipaddr = Ipaddr.t

  let compare = Ipaddr.compare

  let octets = function
    | Ipaddr.V4 ip -> Ipaddr.V4.to_octets ip
    | Ipaddr.V6 ip -> Ipaddr.V6.to_octets ip

  let reachable t ip =
    if Reachable.from ~src:(S.IP.src (S.ip t) ~dst:ip) ip then Some ip else None

  let default = Ipaddr.V4 Dns_client_mirage.default
end

module Make
    (R : Mirage_random.S)
    (T : Mirage_time.S)
    (C : Mirage_clock.MCLOCK)
    (S : Mirage_stack.V4V6) =
  Dns_client_mirage.Make_over (R) (T) (C) (Over (S))

module Make
    (R : Mirage_random.S)
    (T : Mirage_time.S)
    (C : Mirage_clock.MCLOCK)
    (S : Mirage_stack.V4V6) =
struct
  module Client = Dns_client_mirage_v4v6.Make (R) (T) (C) (S)

  type t = Client.t

  let create ?nameserver stack = Client.create ?nameserver stack
  let v4 ip = Ipaddr.V4 ip
  let v6 ip = Ipaddr.V6 ip

  let set elements family (_, ips) =
    Ipaddr.Set.of_list (List.map family (elements ips))

  let getaddrinfo client kind name =
    match kind with
    | `A ->
        let of_v4 = set Dns.Rr_map.Ipv4_set.elements v4 in
        Lwt.map (Result.map of_v4) (Client.getaddrinfo client Dns.Rr_map.A name)
    | `AAAA ->
        let of_v6 = set Dns.Rr_map.Ipv6_set.elements v6 in
        Lwt.map (Result.map of_v6) (Client.getaddrinfo client Dns.Rr_map.Aaaa name)
end

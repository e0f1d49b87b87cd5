let router_advertisement = 134
let icmp = 58

let is_router_advertisement packet =
  match Ipv6_packet.Unmarshal.of_cstruct packet with
  | Error _ -> false
  | Ok (header, payload) -> (
      match Ipv6_packet.content ~first:header.next_header payload with
      | Ok (Transport (protocol, message)) ->
          protocol = icmp
          && Cstruct.length message > 0
          && Cstruct.get_uint8 message 0 = router_advertisement
      | Ok (Fragment _ | Nothing) | Error _ -> false)

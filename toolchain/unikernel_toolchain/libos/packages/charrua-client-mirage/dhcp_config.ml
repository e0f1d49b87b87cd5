let of_lease (lease : Dhcp_message.pkt) =
  let find value = List.find_map value lease.options in
  let address = lease.yiaddr in
  let alone = Ipaddr.V4.Prefix.make 32 address in
  let of_mask netmask =
    Result.value (Ipaddr.V4.Prefix.of_netmask ~netmask ~address) ~default:alone
  in
  let mask = find (function Dhcp_option.Subnet_mask mask -> Some mask | _ -> None) in
  let network = Option.fold mask ~none:alone ~some:of_mask in
  let gateway = find (function Dhcp_option.Routers (first :: _) -> Some first | _ -> None) in
  { Mirage_protocols.address; network; gateway }

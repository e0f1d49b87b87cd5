open Ipaddr

let converter of_string to_string what =
  let read text =
    Result.map_error (fun (`Msg _) -> "It is " ^ what ^ ".") (of_string text)
  in
  { Boot_converters.read; print = to_string }

let ip = converter of_string to_string "an address, as in 10.0.0.2 or fd00::2"
let ipv4_address = converter V4.of_string V4.to_string "an IPv4 address, as in 10.0.0.2"

let ipv4 =
  converter V4.Prefix.of_string V4.Prefix.to_string
    "an IPv4 address with the length of its network, as in 10.0.0.2/24"

let ipv6 = converter V6.of_string V6.to_string "an IPv6 address, as in fd00::2"

let ipv6_prefix =
  converter V6.Prefix.of_string V6.Prefix.to_string
    "an IPv6 address with the length of its network, as in fd00::2/64"

let errors_per_second = Stack_rate_limit.errors_per_second

type direct_ipv4_input = Stack_direct_v4.input

module type UDPV4_DIRECT = Stack_direct_v4.UDP
module type TCPV4_DIRECT = Stack_direct_v4.TCP

type direct_ipv6_input = Stack_direct_v6.input

module type UDPV6_DIRECT = Stack_direct_v6.UDP
module type TCPV6_DIRECT = Stack_direct_v6.TCP
module Make = Stack_direct_v4.Make
module MakeV6 = Stack_direct_v6.Make
module IPV4V6 = Ip_v4v6.Make

type direct_ipv4v6_input = Stack_direct_v4v6.input

module type UDPV4V6_DIRECT = Stack_direct_v4v6.UDP
module type TCPV4V6_DIRECT = Stack_direct_v4v6.TCP
module MakeV4V6 = Stack_direct_v4v6.Make

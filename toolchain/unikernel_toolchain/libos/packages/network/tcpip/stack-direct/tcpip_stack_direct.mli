(** The stacks: interface, Ethernet, IP, UDP and TCP wired up.

    All start receiving at once, in the background; [listen] waits for the
    end of that. A UDP packet to a port that nobody listens on is answered
    with ICMP "port unreachable", an unknown protocol with "protocol
    unreachable" or, over IPv6, "parameter problem", all together at most
    {!errors_per_second} times a second.

    What is here are other names of modules that are linked one by one: a
    program has the stacks that it names. *)

val errors_per_second : int

type direct_ipv4_input = Stack_direct_v4.input

module type UDPV4_DIRECT = Stack_direct_v4.UDP
module type TCPV4_DIRECT = Stack_direct_v4.TCP
module Make = Stack_direct_v4.Make

type direct_ipv6_input = Stack_direct_v6.input

module type UDPV6_DIRECT = Stack_direct_v6.UDP
module type TCPV6_DIRECT = Stack_direct_v6.TCP
module MakeV6 = Stack_direct_v6.Make

(** {1 Both families}

    Under the names of tcpip 6.0 and MirageOS 3.10. *)

module IPV4V6 = Ip_v4v6.Make

type direct_ipv4v6_input = Stack_direct_v4v6.input

module type UDPV4V6_DIRECT = Stack_direct_v4v6.UDP
module type TCPV4V6_DIRECT = Stack_direct_v4v6.TCP

module MakeV4V6 = Stack_direct_v4v6.Make

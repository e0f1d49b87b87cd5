module type DEVICE = Mirage_device.S
[@@deprecated "It is Mirage_device.S."]

module type TIME = Mirage_time.S
[@@deprecated "It is Mirage_time.S."]

module type MCLOCK = Mirage_clock.MCLOCK
[@@deprecated "It is Mirage_clock.MCLOCK."]

module type PCLOCK = Mirage_clock.PCLOCK
[@@deprecated "It is Mirage_clock.PCLOCK."]

module type RANDOM = Mirage_random.S
[@@deprecated "It is Mirage_random.S."]

module type FLOW = Mirage_flow.S
[@@deprecated "It is Mirage_flow.S."]

module type CONSOLE = Mirage_console.S
[@@deprecated "It is Mirage_console.S."]

module type BLOCK = Mirage_block.S
[@@deprecated "It is Mirage_block.S."]

module type NETWORK = Mirage_net.S
[@@deprecated "It is Mirage_net.S."]

module type ETHERNET = Mirage_protocols.ETHERNET
[@@deprecated "It is Mirage_protocols.ETHERNET."]

module type IP = Mirage_protocols.IP
[@@deprecated "It is Mirage_protocols.IP."]

module type ARP = Mirage_protocols.ARP
[@@deprecated "It is Mirage_protocols.ARP."]

module type IPV4 = Mirage_protocols.IPV4
[@@deprecated "It is Mirage_protocols.IPV4."]

module type IPV6 = Mirage_protocols.IPV6
[@@deprecated "It is Mirage_protocols.IPV6."]

module type ICMP = Mirage_protocols.ICMP
[@@deprecated "It is Mirage_protocols.ICMP."]

module type ICMPV4 = Mirage_protocols.ICMPV4
[@@deprecated "It is Mirage_protocols.ICMPV4."]

module type UDP = Mirage_protocols.UDP
[@@deprecated "It is Mirage_protocols.UDP."]

module type UDPV4 = Mirage_protocols.UDPV4
[@@deprecated "It is Mirage_protocols.UDPV4."]

module type UDPV6 = Mirage_protocols.UDPV6
[@@deprecated "It is Mirage_protocols.UDPV6."]

module type TCP = Mirage_protocols.TCP
[@@deprecated "It is Mirage_protocols.TCP."]

module type TCPV4 = Mirage_protocols.TCPV4
[@@deprecated "It is Mirage_protocols.TCPV4."]

module type TCPV6 = Mirage_protocols.TCPV6
[@@deprecated "It is Mirage_protocols.TCPV6."]

module type STACKV4 = Mirage_stack.V4
[@@deprecated "It is Mirage_stack.V4."]

module type CHANNEL = Mirage_channel.S
[@@deprecated "It is Mirage_channel.S."]

module type KV_RO = Mirage_kv.RO
[@@deprecated "It is Mirage_kv.RO."]

module type KV_RW = Mirage_kv.RW
[@@deprecated "It is Mirage_kv.RW."]

module type FS = Mirage_fs.S
[@@deprecated "It is Mirage_fs.S."]

(** TCP, under the names of Mirage's [tcpip.tcp]. *)

module Flow = Tcp_flow
module Options = Tcp_options
module Sequence = Tcp_sequence
module Tcp_packet = Tcp_packet
module Tcp_wire = Tcp_wire

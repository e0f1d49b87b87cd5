(** TCP, under the names of Mirage's [tcpip.tcp]: the modules by which a program
    uses it or looks at packets. Those that show how Mirage's is built inside
    ([Ack], [Keepalive], [Segment], [State], [Stats], [Tcptimer], [User_buffer],
    [Window], [Wire]) have no counterpart here: this TCP is built otherwise, and no
    program needs them to use it. *)

module Flow = Tcp_flow
module Options = Tcp_options
module Sequence = Tcp_sequence
module Tcp_packet = Tcp_packet
module Tcp_wire = Tcp_header

(** The boot keys of the client, named as iperf3's options: [--server],
    [--port], [--time], [--parallel], [--reverse], [--bidir], [--udp],
    [--bandwidth], [--length], [--omit]. *)

val request : unit -> Ipaddr.V4.t * int * Iperf3_protocol.parameters
(** The server's address and port, and the test. *)

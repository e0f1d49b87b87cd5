(** The TCP/IP stack of a unikernel, ready made: what a program without functors
    is given, and passes where a [Mirage_stack.V4] is asked for.

    {[
      let hello flow =
        let text = Cstruct.of_string "hello\n" in
        Lwt.bind (Stack.TCPV4.write flow text) (fun _ -> Stack.TCPV4.close flow)

      let start stack =
        Stack.listen_tcpv4 stack ~port:7777 hello;
        Stack.listen stack
    ]} *)

include Mirage_stack.V4

val connect : Ipv4_keys.t -> Netif.t -> t Lwt.t
(** The stack on this interface, with the address and the buffers of TCP that the boot keys say. *)

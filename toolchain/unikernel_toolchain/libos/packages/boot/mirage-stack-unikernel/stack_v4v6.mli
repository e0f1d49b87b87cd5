(** {!Stack} with IPv6 beside IPv4: what a program without functors is given, and
    passes where a [Mirage_stack.V4V6] is asked for.

    {[
      let hello flow =
        let text = Cstruct.of_string "hello\n" in
        Lwt.bind (Stack_v4v6.TCP.write flow text) (fun _ -> Stack_v4v6.TCP.close flow)

      let start stack =
        Stack_v4v6.listen_tcp stack ~port:7777 hello;
        Stack_v4v6.listen stack
    ]} *)

include Mirage_stack.V4V6

val connect : Ip_keys.t -> Netif.t -> t Lwt.t
(** The stack on this interface, with the addresses and the buffers of TCP that the boot keys say,
    and the addresses that routers announce. *)

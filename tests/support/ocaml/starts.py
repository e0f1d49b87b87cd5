"""Programs that connect can start, and what it says of others."""

STARTABLE = {
    "effects": 'let () = print_endline "done"',
    "plain": 'let start () = print_endline "done"',
    "endless": "let rec start () = start ()",
    "any argument": "let start _ = ()",
    "promise": "let start = Lwt.return_unit",
    "Lwt": "let start () = Lwt.return_unit",
    "module": "module Main = struct let start () = () end",
    "functor": "module Main (T : Mirage_time.S) = struct let start () = T.sleep_ns 1L end",
    "direct functor": """
        module Clock (P : Mirage_clock.PCLOCK) (M : Mirage_clock.MCLOCK) = struct
          let start () () = print_int (fst (P.now_d_ps ()))
        end""",
    "connected": """
        module Main (C : Mirage_console.S) (R : Mirage_random.S) = struct
          let start c _ = C.write c (R.generate 1) |> Lwt.map ignore
        end""",
    "connected and direct": """
        module Main (C : Mirage_console.S) = struct let start (_ : C.t) = () end""",
    "given a stack": "let start stack = Stack.listen stack",
    "given devices": """
        let start console netif =
          Console_unikernel.log console (Macaddr.to_string (Netif.mac netif))""",
    "network, direct": "module Main (N : Mirage_net.S) = struct let start (_ : N.t) = () end",
    "block device, direct": """
        module Main (B : Mirage_block.S) = struct let start (_ : B.t) = () end""",
    "block device and network": """
        module Main (B : Mirage_block_lwt.S) (N : Mirage_net.S) = struct
          let start disk (_ : N.t) = B.disconnect disk
        end""",
    "given a block device": "let start disk = Lwt.map ignore (Block.flush disk)",
    "IPv4": """
        module Main (E : Mirage_protocols.ETHERNET) (A : Mirage_protocols.ARP)
            (I : Mirage_protocols.IPV4) (C : Mirage_protocols.ICMPV4)
            (U : Mirage_protocols.UDPV4) (T : Mirage_protocols.TCPV4) (S : Mirage_stack.V4) =
        struct
          let start _ _ ip _ _ _ stack = ignore (I.get_ip ip); S.listen stack
        end""",
    "IPv6": """
        module Main (I : Mirage_protocols.IPV6) (S : Mirage_stack.V6) = struct
          let start ip stack = ignore (I.get_ip ip); S.listen stack
        end""",
    "both families": """
        module Main (S : Mirage_stack.V4V6) = struct
          let start stack = ignore (S.IP.get_ip (S.ip stack)); S.listen stack
        end""",
    "a stack of both families and what it stands on": """
        module Main (A : Mirage_stack.V4V6) (N : Mirage_net.S) = struct
          let start stack (_ : N.t) = A.listen stack
        end""",
    "HTTP on a stack of both families": """
        module Main (S : Mirage_stack.V4V6) (C : Conduit_mirage.S) (R : Resolver_lwt.S)
            (H : Cohttp_lwt.S.Server) = struct
          let start stack _ _ _ = S.listen stack
        end""",
    "given a stack of both families": "let start stack = Stack_v4v6.listen stack",
    "a promise of anything": "let start () = Lwt.return 3",
    "a value that is a promise of anything": "let start = Lwt.return [ 3 ]",
    "functor, a promise of anything": """
        module Main (C : Mirage_console.S) = struct
          let start c = Lwt.map (fun () -> `Done) (C.log c "done")
        end""",
    "another name of an interface": """
        module type TIME = Mirage_time.S
        module type SLEEP = TIME
        module Main (T : SLEEP) = struct let start () = T.sleep_ns 1L end""",
    "another name in a module": """
        module Types = struct module type NET = Mirage_net_lwt.S end
        module Main (N : Types.NET) = struct let start n = N.disconnect n end""",
    "signatures that include an interface": """
        module type WALL = sig include Mirage_clock.PCLOCK end
        module Main (P : WALL) (M : sig include Mirage_clock.MCLOCK end)
            (S : sig include Mirage_stack.V4 end) (T : sig include Mirage_protocols.TCPV6 end) =
        struct
          let start () () stack _ = print_int (fst (P.now_d_ps ())); S.listen stack
        end""",
    "Main of several": """
        module Main (T : Mirage_time.S) = struct let start () = Lwt.return_unit end
        module Other (T : Mirage_time.S) = struct let start () = Lwt.return_unit end""",
}

UNSTARTABLE = {
    "let start n = print_int n": "start is int -> unit; .* let start () =",
    "let start ?a () = ignore (a : int option)": r"start is \?a:int -> unit -> unit",
    "let start () = 3": "start gives neither unit nor a promise",
    "let strat () = print_endline (String.make 3 'a')": "no start, but strat; is that start missp",
    "let state = ref 0\nlet starts () = incr state": "there is no start, but starts",
    "module Main (T : Mirage_time.S) = struct let strat () = T.sleep_ns 1L end": "but strat",
    "module Main (T : Mirage_time.S) = struct let go () = T.sleep_ns 1L end": "no functor here has",
    "let main () = print_endline (String.make 3 'a')": "this does nothing: it has no start",
    "module Main (T : Mirage_time.S) = struct let start () () = () end": "one argument for each",
    "module Main (T : sig end) = struct let start () = () end": "T has a signature of its own",
    "module Main () = struct let start () = () end": r"a parameter is \(\)",
    "module Main (F : Mirage_flow.S) = struct let start () = () end": (
        r"no device is known for a parameter of type Mirage_flow\.S"
    ),
    """module Main (A : Mirage_block.S) (B : Mirage_block.S) = struct
         let start _ disk = B.disconnect disk
       end""": "second Mirage_block.S needs a block device of its own, and 1 is declared",
    """module Main (A : Mirage_stack.V4) (B : Mirage_stack.V4) = struct
         let start _ stack = B.listen stack
       end""": "second Mirage_stack.V4 needs a network of its own, and 1 is declared; add --net",
    """module Main (A : Mirage_stack.V4) (B : Mirage_stack.V6) = struct
         let start _ stack = B.listen stack
       end""": "would both take the frames of one network",
    """module Main (A : Mirage_stack.V4) (B : Mirage_stack.V4V6) = struct
         let start _ stack = B.listen stack
       end""": "ask for one of them. Mirage_stack.V4V6 alone has IPv4 and IPv6",
    """module Main (A : Mirage_stack.V4V6) (B : Mirage_protocols.IPV6) = struct
         let start stack _ = A.listen stack
       end""": "Mirage_protocols.IPV6 .*would both take the frames of one network",
    """let start (a : Stack.t) (b : Stack_v4v6.t) = ignore a; Stack_v4v6.listen b""": (
        "Stack.t and Stack_v4v6.t would both take the frames of one network"
    ),
    "let start (netif : Netif.t) n = ignore netif; print_int n": (
        r"start is Netif.t -> int -> unit; .* values of devices, whose types are .*Stack.t"
    ),
    """module A (T : Mirage_time.S) = struct let start () = () end
       module B (T : Mirage_time.S) = struct let start () = () end""": (
        r"several modules have a start \(A, B\)"
    ),
}

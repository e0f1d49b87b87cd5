open Lwt.Infix

module Make
    (D : Mirage_protocols.DHCP_CLIENT)
    (R : Mirage_random.S)
    (C : Mirage_clock.MCLOCK)
    (E : Mirage_protocols.ETHERNET)
    (A : Mirage_protocols.ARP) =
struct
  include Leased_ipv4.Make (R) (C) (E) (A)

  let rec pass_on (configs : D.t) tell =
    Lwt_stream.get configs >>= fun config ->
    tell config;
    if Option.is_some config then pass_on configs tell else Lwt.return_unit

  let connect configs =
    connect (fun ~tell ->
        Lwt.async (fun () -> pass_on configs tell);
        Lwt.return_unit)
end

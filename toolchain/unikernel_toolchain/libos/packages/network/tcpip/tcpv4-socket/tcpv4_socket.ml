module Make (S : Mirage_stack.V4) = struct
  include S.TCPV4

  let connect address stack =
    let ours = S.IPV4.get_ip (S.ipv4 stack) in
    match Bound_addresses.check ~ours (Option.to_list address) with
    | Ok () -> Lwt.return (S.tcpv4 stack)
    | Error why -> Lwt.fail_with why
end

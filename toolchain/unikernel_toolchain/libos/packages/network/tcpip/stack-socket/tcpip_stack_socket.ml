module Make (S : Mirage_stack.V4) = struct
  include S

  let connect addresses stack =
    match Bound_addresses.check ~ours:(S.IPV4.get_ip (S.ipv4 stack)) addresses with
    | Ok () -> Lwt.return stack
    | Error why -> Lwt.fail_with why
end

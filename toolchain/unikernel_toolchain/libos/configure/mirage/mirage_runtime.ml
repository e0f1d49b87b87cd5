type log_threshold = [ `All | `Src of string ] * Logs.level

module Arg = struct
  (* The libraries' own messages say where their parser stopped, not what was wanted. *)
  let conv of_string print ~wanted =
    let parse text = Result.map_error (fun _ -> `Msg ("it must be " ^ wanted)) (of_string text) in
    Cmdliner.Arg.conv (parse, print)

  let ip = conv Ipaddr.of_string Ipaddr.pp ~wanted:"an address, as in 10.0.0.2 or fd00::2"

  let ipv4_address =
    conv Ipaddr.V4.of_string Ipaddr.V4.pp ~wanted:"an IPv4 address, as in 10.0.0.2"

  let ipv4 =
    conv Ipaddr.V4.Prefix.of_string Ipaddr.V4.Prefix.pp
      ~wanted:"an IPv4 address with the length of its network, as in 10.0.0.2/24"

  let ipv6 = conv Ipaddr.V6.of_string Ipaddr.V6.pp ~wanted:"an IPv6 address, as in fd00::2"

  let ipv6_prefix =
    conv Ipaddr.V6.Prefix.of_string Ipaddr.V6.Prefix.pp
      ~wanted:"an IPv6 network, as in fd00::/64"

  let level text =
    match Logs.level_of_string text with
    | Ok (Some level) -> Ok level
    | Ok None | Error _ -> Error ()

  let threshold text =
    match Astring.String.cut ~rev:true ~sep:":" text with
    | None | Some ("*", _) ->
        let level_at = Option.fold ~none:0 ~some:succ (String.rindex_opt text ':') in
        Result.map (fun l -> (`All, l)) (level (Astring.String.with_range ~first:level_at text))
    | Some (source, text) -> Result.map (fun l -> (`Src source, l)) (level text)

  let print_threshold ppf (source, level) =
    (match source with `All -> () | `Src name -> Fmt.pf ppf "%s:" name);
    Fmt.string ppf (Logs.level_to_string (Some level))

  let log_threshold =
    conv threshold print_threshold
      ~wanted:
        "LEVEL, *:LEVEL or SOURCE:LEVEL, where levels are app, error, warning, info and debug"

  let allocation_policy =
    Cmdliner.Arg.enum
      [ ("next-fit", `Next_fit); ("first-fit", `First_fit); ("best-fit", `Best_fit) ]
end

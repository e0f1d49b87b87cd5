type t = { address : Ipaddr.V4.t Boot_keys.key; port : int Boot_keys.key }

let default = Ipaddr.V4.of_string_exn "91.239.100.100"

let read_address text =
  Result.map_error
    (fun (`Msg _) -> "It is an address, as in 10.0.2.3.")
    (Ipaddr.V4.of_string text)

let declare ?group network =
  let name = Boot_keys.in_group group in
  {
    address =
      Boot_keys.key (name "resolver") read_address ~docv:"ADDRESS" ~default
        ~doc:(Printf.sprintf "DNS server asked over %s; 91.239.100.100 if not given." network);
    port =
      Boot_keys.int (name "resolver-port") ~docv:"PORT" ~default:53
        ~doc:"Its port; 53 if not given.";
  }

let address t = Boot_keys.get t.address
let port t = Boot_keys.get t.port

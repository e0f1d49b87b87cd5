type 'ip keys = { address : 'ip option Boot_keys.key; port : int Boot_keys.key }
type t = Ipaddr.V4.t keys

let default_port = 53

let declare_with (reader : _ Address_values.reader) ?group network =
  let read text = Result.map Option.some (reader ~example:"10.0.2.3" text) in
  let name = Boot_keys.in_group group in
  let doc =
    Printf.sprintf
      "DNS server asked over %s; if not given, those that the network tells of, and \
       91.239.100.100 where it tells of none."
      network
  in
  {
    address =
      Boot_keys.key (name "resolver") read ~docv:"ADDRESS" ~default:None ~doc;
    port =
      Boot_keys.int (name "resolver-port") ~docv:"PORT" ~default:default_port
        ~doc:"Its port; 53 if not given.";
  }

let declare ?group network = declare_with Address_values.v4 ?group network
let address t = Boot_keys.get t.address
let port t = Boot_keys.get t.port

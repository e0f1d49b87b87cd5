open Ipaddr

type 'a reader = example:string -> string -> ('a, string) result

let read of_string ~why_not ~what ~example text =
  match of_string text with
  | Error (`Msg _) -> Error (Printf.sprintf "It is %s, as in %s." what example)
  | Ok value -> ( match why_not value with None -> Ok value | Some why -> Error why)

let address of_string to_ip =
  read of_string ~why_not:(fun ip -> Host_address.why_not (to_ip ip)) ~what:"an address"

let v4 = address V4.of_string (fun ip -> V4 ip)
let v6 = address V6.of_string (fun ip -> V6 ip)
let either = address of_string Fun.id

let in_network of_string why_not =
  read of_string ~why_not ~what:"an address with the length of its network"

let v4_in_network = in_network V4.Prefix.of_string Host_address.why_not_in_v4
let v6_in_network = in_network V6.Prefix.of_string Host_address.why_not_in_v6

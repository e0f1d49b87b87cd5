(* RFC 3442: width, the significant octets of the destination, router; over and over. *)

open Dhcp_option
module V4 = Ipaddr.V4

type route = V4.Prefix.t * V4.t option

let router_bytes = 4

(* Only the octets that count are there. *)
let destination value at width =
  let significant = String.sub value at ((width + 7) / 8) in
  let padded = significant ^ String.make (4 - String.length significant) '\000' in
  V4.Prefix.(prefix (make width (V4.of_octets_exn padded)))

let router value at =
  let address = V4.of_octets_exn (String.sub value at router_bytes) in
  if V4.compare address V4.any = 0 then None else Some address

let parse value =
  let length = String.length value in
  let rec from at routes =
    if at = length then Some (List.rev routes)
    else
      let width = Char.code value.[at] in
      let router_at = at + 1 + ((width + 7) / 8) in
      if width > 32 || router_at + router_bytes > length then None
      else
        let route = (destination value (at + 1) width, router value router_at) in
        from (router_at + router_bytes) (route :: routes)
  in
  if length = 0 then None else from 0 []

(* Option 249 is Microsoft's private one of the same form. *)
let of_options options =
  let find value = Option.bind (List.find_map value options) parse in
  match find (function Classless_static_route v -> Some v | _ -> None) with
  | Some routes -> Some routes
  | None -> find (function Private_classless_static_route v -> Some v | _ -> None)

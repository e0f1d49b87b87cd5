(* RFC 1035, section 4.1.4. A message may be hostile: a pointer must lead to before the
   name, or the label sequence, that it stands in, so each jump goes back and a loop is
   impossible; jumps and octets are bounded besides. *)

type t = [ `raw ] Domain_name.t

let max_octets = 255
let pointer_bits = 0xc0
let max_jumps = 127

let name labels =
  match Domain_name.of_strings (List.rev labels) with
  | Ok name -> Ok name
  | Error (`Msg why) -> Error why

(* [barrier]: a pointer must lead before it. [behind]: where the name ends in
   the place it began, once a pointer was followed. *)
let rec labels message ~at ~barrier ~behind ~jumps ~octets found =
  if at >= Cstruct.length message then Error "name cut off"
  else
    let length = Cstruct.get_uint8 message at in
    if length = 0 then
      let next = Option.value behind ~default:(at + 1) in
      Result.map (fun name -> (name, next)) (name found)
    else if length land pointer_bits = pointer_bits then
      follow message ~at ~barrier ~behind ~jumps ~octets found
    else if length land pointer_bits <> 0 then Error "unknown kind of label"
    else if octets + length + 1 > max_octets then Error "name longer than 255 octets"
    else if at + 1 + length > Cstruct.length message then Error "label cut off"
    else
      let label = Cstruct.to_string ~off:(at + 1) ~len:length message in
      let octets = octets + length + 1 in
      labels message ~at:(at + 1 + length) ~barrier ~behind ~jumps ~octets (label :: found)

and follow message ~at ~barrier ~behind ~jumps ~octets found =
  if at + 2 > Cstruct.length message then Error "compression pointer cut off"
  else if jumps = max_jumps then Error "too many compression pointers"
  else
    let target = Cstruct.BE.get_uint16 message at land 0x3fff in
    if target >= barrier then Error "compression pointer that does not lead back"
    else
      let behind = Some (Option.value behind ~default:(at + 2)) in
      labels message ~at:target ~barrier:target ~behind ~jumps:(jumps + 1) ~octets found

let parse message offset =
  labels message ~at:offset ~barrier:offset ~behind:None ~jumps:0 ~octets:1 []

let to_octets name =
  let label text = Printf.sprintf "%c%s" (Char.chr (String.length text)) text in
  String.concat "" (List.map label (Domain_name.to_strings name)) ^ "\000"

(* Code, length, value; pad and end are single octets (RFC 2132, section 2). An option
   longer than 255 octets comes in parts, which are joined (RFC 3396). *)

let pad = 0
let end_ = 255
let max_value_bytes = 255
let of_code = ref Dhcp_option_basic.of_code
let to_code = ref Dhcp_option_basic.to_code

let understand ~of_code:reader ~to_code:writer =
  of_code := reader;
  to_code := writer

let to_code option = !to_code option

(* Code and octets of each, latest first. What is cut off ends the row. *)
let rec split values b =
  if Cstruct.is_empty b then values
  else
    match Cstruct.get_uint8 b 0 with
    | code when code = pad -> split values (Cstruct.shift b 1)
    | code when code = end_ || Cstruct.length b < 2 -> values
    | code ->
        let length = Cstruct.get_uint8 b 1 in
        if Cstruct.length b < 2 + length then values
        else
          let value = Cstruct.to_string ~off:2 ~len:length b in
          split ((code, value) :: values) (Cstruct.shift b (2 + length))

(* In the order of their first appearance. *)
let joined values =
  let add joined (code, value) =
    match List.assoc_opt code joined with
    | None -> (code, value) :: joined
    | Some later -> (code, value ^ later) :: List.remove_assoc code joined
  in
  List.fold_left add [] values

let read (code, value) =
  Option.bind (Dhcp_option_code.int_to_option_code code) (fun code ->
      !of_code code value)

let parse_all fields = List.filter_map read (joined (List.fold_left split [] fields))
let parse b = parse_all [ b ]

let rec octets code value =
  let length = String.length value in
  let first = Int.min length max_value_bytes in
  let this = Printf.sprintf "%c%c%s" code (Char.chr first) (String.sub value 0 first) in
  if first = length then this
  else this ^ octets code (String.sub value first (length - first))

let to_string options =
  let option_octets option =
    match to_code option with
    | None -> ""
    | Some (code, value) -> octets (Char.chr (Dhcp_option_code.option_code_to_int code)) value
  in
  String.concat "" (List.map option_octets options) ^ String.make 1 (Char.chr end_)

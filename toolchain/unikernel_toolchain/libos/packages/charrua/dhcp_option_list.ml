let pad = 0
let end_ = 255
let max_value_bytes = 255

(* Code and octets of each, latest first. *)
let rec split b values =
  if Cstruct.is_empty b then Ok values
  else
    match Cstruct.get_uint8 b 0 with
    | code when code = pad -> split (Cstruct.shift b 1) values
    | code when code = end_ -> Ok values
    | code when Cstruct.length b < 2 -> Format.kasprintf Result.error "option %d without a length" code
    | code ->
        let length = Cstruct.get_uint8 b 1 in
        if Cstruct.length b < 2 + length then
          Format.kasprintf Result.error "option %d of %d bytes in %d" code length (Cstruct.length b - 2)
        else
          let value = Cstruct.to_string ~off:2 ~len:length b in
          split (Cstruct.shift b (2 + length)) ((code, value) :: values)

(* In the order of their first appearance. *)
let joined values =
  let add joined (code, value) =
    match List.assoc_opt code joined with
    | None -> (code, value) :: joined
    | Some later -> (code, value ^ later) :: List.remove_assoc code joined
  in
  List.fold_left add [] values

let read (code, value) =
  let option =
    Option.bind (Dhcp_option_code.int_to_option_code code) (fun code ->
        Dhcp_option_read.of_code code value)
  in
  Option.to_result option
    ~none:(Format.asprintf "option %d cannot be %S" code value)

let rec read_all = function
  | [] -> Ok []
  | value :: rest ->
      Result.bind (read value) (fun option ->
          Result.map (fun options -> option :: options) (read_all rest))

let parse_all fields =
  let split_next values b = Result.bind values (split b) in
  let values = List.fold_left split_next (Ok []) fields in
  Result.bind values (fun values -> read_all (joined values))

let parse b = parse_all [ b ]

let rec octets code value =
  let length = String.length value in
  let first = Int.min length max_value_bytes in
  let this = Printf.sprintf "%c%c%s" code (Char.chr first) (String.sub value 0 first) in
  if first = length then this
  else this ^ octets code (String.sub value first (length - first))

let to_string options =
  let option_octets option =
    match Dhcp_option_write.to_code option with
    | None -> ""
    | Some (code, value) -> octets (Char.chr (Dhcp_option_code.option_code_to_int code)) value
  in
  String.concat "" (List.map option_octets options) ^ String.make 1 (Char.chr end_)

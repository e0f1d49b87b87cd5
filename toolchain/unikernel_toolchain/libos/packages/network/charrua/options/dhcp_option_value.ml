open Dhcp_option

type 'a reader = ('a -> Dhcp_option.dhcp_option) -> string -> Dhcp_option.dhcp_option option

let message_types =
  [
    (1, DHCPDISCOVER, "DHCPDISCOVER");
    (2, DHCPOFFER, "DHCPOFFER");
    (3, DHCPREQUEST, "DHCPREQUEST");
    (4, DHCPDECLINE, "DHCPDECLINE");
    (5, DHCPACK, "DHCPACK");
    (6, DHCPNAK, "DHCPNAK");
    (7, DHCPRELEASE, "DHCPRELEASE");
    (8, DHCPINFORM, "DHCPINFORM");
    (9, DHCPFORCERENEW, "DHCPFORCERENEW");
    (10, DHCPLEASEQUERY, "DHCPLEASEQUERY");
    (11, DHCPLEASEUNASSIGNED, "DHCPLEASEUNASSIGNED");
    (12, DHCPLEASEUNKNOWN, "DHCPLEASEUNKNOWN");
    (13, DHCPLEASEACTIVE, "DHCPLEASEACTIVE");
    (14, DHCPBULKLEASEQUERY, "DHCPBULKLEASEQUERY");
    (15, DHCPLEASEQUERYDONE, "DHCPLEASEQUERYDONE");
  ]

let ethernet = '\x01'
let mac_bytes = 6

module Read = struct
  let exactly n read make value =
    if String.length value = n then Option.map make (read value) else None

  (* One or more items of [n] octets each. *)
  let many n read make value =
    let length = String.length value in
    let rec from at items =
      if at = length then Some (make (List.rev items))
      else
        Option.bind (read (String.sub value at n)) (fun item ->
            from (at + n) (item :: items))
    in
    if length = 0 || length mod n <> 0 then None else from 0 []

  let address_at value at = Ipaddr.V4.of_int32 (String.get_int32_be value at)
  let address_of value = Some (address_at value 0)
  let pair_of value = Some (address_at value 0, address_at value 4)

  let prefix_of value =
    let netmask = address_at value 4 in
    Result.to_option (Ipaddr.V4.Prefix.of_netmask ~netmask ~address:(address_at value 0))

  let bool_of = function "\x00" -> Some false | "\x01" -> Some true | _ -> None

  let message_type_of value =
    let number = String.get_uint8 value 0 in
    List.find_map (fun (n, t, _) -> if n = number then Some t else None) message_types

  let client_id_of value =
    if String.length value = 1 + mac_bytes && Char.equal value.[0] ethernet then
      Hwaddr (Macaddr.of_octets_exn (String.sub value 1 mac_bytes))
    else Id value

  let address make = exactly 4 address_of make
  let addresses make = many 4 address_of make
  let address_pairs make = many 8 pair_of make
  let prefixes make = many 8 prefix_of make
  let text make value = Some (make value)
  let boolean make = exactly 1 bool_of make
  let int_8 make = exactly 1 (fun v -> Some (String.get_uint8 v 0)) make
  let int_16_of v = Some (String.get_uint16_be v 0)
  let int_16 make = exactly 2 int_16_of make
  let ints_16 make = many 2 int_16_of make
  let int_32 make = exactly 4 (fun v -> Some (String.get_int32_be v 0)) make
  let message_type make = exactly 1 message_type_of make
  let codes make = many 1 (fun v -> Dhcp_option_code.int_to_option_code (Char.code v.[0])) make

  let client_id make value =
    if String.length value < 2 then None else Some (make (client_id_of value))

  let nothing option value = if String.length value = 0 then Some option else None
end

module Write = struct
  let fixed n set v =
    let bytes = Bytes.create n in
    set bytes 0 v;
    Bytes.unsafe_to_string bytes

  let each write values = String.concat "" (List.map write values)
  let address = Ipaddr.V4.to_octets
  let addresses = each address
  let address_pairs = each (fun (a, b) -> address a ^ address b)

  let prefixes =
    let open Ipaddr.V4.Prefix in
    each (fun p -> Ipaddr.V4.to_octets (address p) ^ Ipaddr.V4.to_octets (netmask p))

  let text v = v
  let boolean v = if v then "\x01" else "\x00"
  let int_8 = fixed 1 Bytes.set_uint8
  let int_16 = fixed 2 Bytes.set_uint16_be
  let ints_16 = each int_16
  let int_32 = fixed 4 Bytes.set_int32_be

  let message_type v =
    let number, _, _ = List.find (fun (_, t, _) -> t = v) message_types in
    int_8 number

  let codes = each (fun code -> int_8 (Dhcp_option_code.option_code_to_int code))

  let client_id = function
    | Hwaddr mac -> String.make 1 ethernet ^ Macaddr.to_octets mac
    | Id octets -> octets
end

(* A statement is words up to a semicolon, or words and a block in braces. Each kind of block
   folds its statements into a record of its own. *)

type times = { default : int option; longest : int option }

type host = {
  name : string;
  hardware : Macaddr.t option;
  fixed_address : Ipaddr.V4.t option;
  options : Dhcp_wire.dhcp_option list;
}

type subnet = {
  network : Ipaddr.V4.Prefix.t;
  range : (Ipaddr.V4.t * Ipaddr.V4.t) option;
  options : Dhcp_wire.dhcp_option list;
  hosts : host list;
  times : times;
}

type t = {
  subnets : subnet list;
  options : Dhcp_wire.dhcp_option list;
  hosts : host list;
  times : times;
}

type statement = { words : Dhcpd_words.word list; block : statement list option }

let at line format =
  Printf.ksprintf (fun why -> failwith (Printf.sprintf "dhcpd.conf, line %d: %s" line why)) format

let is mark (word : Dhcpd_words.word) = (not word.quoted) && word.text = mark

(* {2 Statements} *)

let line_of words = match words with [] -> 1 | (word : Dhcpd_words.word) :: _ -> word.line

(* Those up to the brace that ends the block which began in line [opened], if one did. *)
let rec statements ?opened found = function
  | [] ->
      Option.iter (fun line -> at line "the block that begins here has no end: } is missing") opened;
      (List.rev found, [])
  | word :: rest when is "}" word ->
      if opened = None then at word.line "a } without a {";
      (List.rev found, rest)
  | word :: rest when is ";" word -> statements ?opened found rest
  | words ->
      let statement, rest = one [] words in
      statements ?opened (statement :: found) rest

and one kept = function
  | [] -> at (line_of (List.rev kept)) "the statement that begins here has no ;"
  | word :: rest when is ";" word -> ({ words = List.rev kept; block = None }, rest)
  | word :: rest when is "{" word ->
      if kept = [] then at word.line "a block without a name";
      let inside, rest = statements ~opened:word.line [] rest in
      ({ words = List.rev kept; block = Some inside }, rest)
  | word :: _ when is "}" word -> at word.line "a ; is missing before }"
  | word :: rest -> one (word :: kept) rest

(* {2 Values} *)

let address line text =
  match Ipaddr.V4.of_string text with
  | Ok address -> address
  | Error _ -> at line "%S is no IPv4 address" text

(* Each octet may be of one digit. *)
let mac line text =
  let padded octet = if String.length octet = 1 then "0" ^ octet else octet in
  let octets = List.map padded (String.split_on_char ':' text) in
  match Macaddr.of_string (String.concat ":" octets) with
  | Ok mac -> mac
  | Error _ -> at line "%S is no Ethernet address" text

let seconds line text =
  match int_of_string_opt text with
  | Some s when s > 0 -> s
  | Some _ | None -> at line "%S is no number of seconds" text

let prefix line network netmask =
  let netmask = address line netmask and network = address line network in
  match Ipaddr.V4.Prefix.of_netmask ~netmask ~address:network with
  | Ok prefix -> prefix
  | Error _ -> at line "%s is no netmask" (Ipaddr.V4.to_string netmask)

let option line name words =
  let arguments = List.filter (fun word -> not (is "," word)) words in
  try Dhcpd_options.read name arguments with Failure why -> at line "%s" why

(* {2 Blocks} *)

let line statement = line_of statement.words
let texts statement = List.map (fun (word : Dhcpd_words.word) -> word.text) statement.words

let not_understood where statement =
  at (line statement) "%S is not understood %s" (String.concat " " (texts statement)) where

let times_of times statement =
  match (texts statement, statement.block) with
  | [ "default-lease-time"; s ], None -> Some { times with default = Some (seconds (line statement) s) }
  | [ "max-lease-time"; s ], None -> Some { times with longest = Some (seconds (line statement) s) }
  | _ -> None

let option_of statement =
  match (statement.words, statement.block) with
  | keyword :: name :: arguments, None when keyword.text = "option" ->
      Some (option keyword.line name.text arguments)
  | _ -> None

let host_statement (host : host) statement =
  match (texts statement, statement.block, option_of statement) with
  | _, _, Some option -> { host with options = host.options @ [ option ] }
  | [ "hardware"; "ethernet"; text ], None, _ -> { host with hardware = Some (mac (line statement) text) }
  | [ "fixed-address"; text ], None, _ ->
      { host with fixed_address = Some (address (line statement) text) }
  | _ -> not_understood "in a host" statement

let host_of statement =
  match (texts statement, statement.block) with
  | [ "host"; name ], Some inside ->
      let host = { name; hardware = None; fixed_address = None; options = [] } in
      Some (List.fold_left host_statement host inside)
  | _ -> None

let subnet_statement (subnet : subnet) statement =
  let address = address (line statement) in
  match (option_of statement, host_of statement, times_of subnet.times statement) with
  | Some option, _, _ -> { subnet with options = subnet.options @ [ option ] }
  | None, Some host, _ -> { subnet with hosts = subnet.hosts @ [ host ] }
  | None, None, Some times -> { subnet with times }
  | None, None, None -> (
      match (texts statement, statement.block, subnet.range) with
      | "range" :: _, None, Some _ -> at (line statement) "a second range: one is supported"
      | [ "range"; only ], None, None -> { subnet with range = Some (address only, address only) }
      | [ "range"; first; last ], None, None ->
          { subnet with range = Some (address first, address last) }
      | _ -> not_understood "in a subnet" statement)

let no_times = { default = None; longest = None }

let subnet_of statement =
  match (texts statement, statement.block) with
  | [ "subnet"; network; "netmask"; netmask ], Some inside ->
      let network = prefix (line statement) network netmask in
      let subnet = { network; range = None; options = []; hosts = []; times = no_times } in
      Some (List.fold_left subnet_statement subnet inside)
  | _ -> None

let passed_over =
  [ "authoritative"; "not"; "ddns-update-style"; "ddns-updates"; "log-facility" ]

let file_statement t statement =
  match (option_of statement, host_of statement, subnet_of statement) with
  | Some option, _, _ -> { t with options = t.options @ [ option ] }
  | None, Some host, _ -> { t with hosts = t.hosts @ [ host ] }
  | None, None, Some subnet -> { t with subnets = t.subnets @ [ subnet ] }
  | None, None, None -> (
      match (times_of t.times statement, texts statement, statement.block) with
      | Some times, _, _ -> { t with times }
      | None, word :: _, None when List.mem word passed_over -> t
      | None, _, _ -> not_understood "here" statement)

let parse text =
  let found, _ = statements [] (Dhcpd_words.of_text text) in
  let nothing = { subnets = []; options = []; hosts = []; times = no_times } in
  List.fold_left file_statement nothing found

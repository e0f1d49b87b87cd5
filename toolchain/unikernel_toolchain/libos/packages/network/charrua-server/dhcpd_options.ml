(* The options of dhcpd.conf(5), by the names of dhcp-options(5), with how the words behind each are
   read. A word that cannot be its value raises Failure with a sentence, which the parser of the
   file puts behind the line's number. *)

open Dhcp_wire

let wrong format = Printf.ksprintf failwith format
let text (word : Dhcpd_words.word) = word.text

let address word =
  match Ipaddr.V4.of_string (text word) with
  | Ok address -> address
  | Error _ -> wrong "%S is no IPv4 address (names are not looked up)" (text word)

let int ~most word =
  match int_of_string_opt (text word) with
  | Some n when n >= 0 && n <= most -> n
  | Some _ | None -> wrong "%S is no number from 0 to %d" (text word) most

let int_32 word =
  match Int32.of_string_opt (text word) with
  | Some n -> n
  | None -> wrong "%S is no number of 32 bits" (text word)

let boolean word =
  match text word with
  | "true" | "on" -> true
  | "false" | "off" -> false
  | other -> wrong "%S is neither true nor false" other

let one read make = function
  | [ word ] -> make (read word)
  | words -> wrong "one value is needed, here are %d" (List.length words)

let many read make = function
  | [] -> wrong "at least one value is needed"
  | words -> make (List.map read words)

let rec pairs make = function
  | [] -> []
  | first :: second :: more -> make (address first) (address second) :: pairs make more
  | [ _ ] -> wrong "addresses come in pairs"

let addresses make = many address make
let known : (string * (Dhcpd_words.word list -> dhcp_option)) list =
  [
    ("subnet-mask", one address (fun v -> Subnet_mask v));
    ("time-offset", one int_32 (fun v -> Time_offset v));
    ("routers", addresses (fun v -> Routers v));
    ("time-servers", addresses (fun v -> Time_servers v));
    ("ien116-name-servers", addresses (fun v -> Name_servers v));
    ("domain-name-servers", addresses (fun v -> Dns_servers v));
    ("log-servers", addresses (fun v -> Log_servers v));
    ("cookie-servers", addresses (fun v -> Cookie_servers v));
    ("lpr-servers", addresses (fun v -> Lpr_servers v));
    ("host-name", one text (fun v -> Hostname v));
    ("boot-size", one (int ~most:0xffff) (fun v -> Bootfile_size v));
    ("domain-name", one text (fun v -> Domain_name v));
    ("swap-server", one address (fun v -> Swap_server v));
    ("root-path", one text (fun v -> Root_path v));
    ("ip-forwarding", one boolean (fun v -> Ipforwarding v));
    ("default-ip-ttl", one (int ~most:0xff) (fun v -> Default_ip_ttl v));
    ("interface-mtu", one (int ~most:0xffff) (fun v -> Interface_mtu v));
    ("all-subnets-local", one boolean (fun v -> All_subnets_local v));
    ("broadcast-address", one address (fun v -> Broadcast_addr v));
    ("router-discovery", one boolean (fun v -> Perform_router_disc v));
    ("static-routes", fun words -> Static_routes (pairs (fun a b -> (a, b)) words));
    ("arp-cache-timeout", one int_32 (fun v -> Arp_cache_timo v));
    ("default-tcp-ttl", one (int ~most:0xff) (fun v -> Tcp_default_ttl v));
    ("tcp-keepalive-interval", one int_32 (fun v -> Tcp_keepalive_interval v));
    ("nis-domain", one text (fun v -> Nis_domain v));
    ("nis-servers", addresses (fun v -> Nis_servers v));
    ("ntp-servers", addresses (fun v -> Ntp_servers v));
    ("netbios-name-servers", addresses (fun v -> Netbios_name_servers v));
    ("netbios-dd-server", addresses (fun v -> Netbios_datagram_distrib_servers v));
    ("netbios-node-type", one (int ~most:0xff) (fun v -> Netbios_node v));
    ("netbios-scope", one text (fun v -> Netbios_scope v));
    ("tftp-server-name", one text (fun v -> Tftp_server_name v));
    ("bootfile-name", one text (fun v -> Bootfile_name v));
    ("smtp-server", addresses (fun v -> Smtp_servers v));
    ("pop-server", addresses (fun v -> Pop3_servers v));
    ("nntp-server", addresses (fun v -> Nntp_servers v));
    ("www-server", addresses (fun v -> Www_servers v));
    ("irc-server", addresses (fun v -> Irc_servers v));
  ]

let read name arguments =
  match List.assoc_opt name known with
  | None -> wrong "the option %s is not known" name
  | Some read -> (
      try read arguments with Failure why -> wrong "option %s: %s" name why)

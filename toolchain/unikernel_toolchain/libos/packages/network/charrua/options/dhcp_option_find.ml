(* MirageOS's accessors: [collect_] joins the lists of all options of a kind, [find_] takes
   the first. *)

open Dhcp_option

let find_option = List.find_map
let collect_options f list = List.concat (List.filter_map f list)
let collect_associated_ips = collect_options
    (function Associated_ips v -> Some v | _ -> None)
let collect_bcmcs_controller_ipv4_addrs = collect_options
    (function Bcmcs_controller_ipv4_addrs v -> Some v | _ -> None)
let collect_cookie_servers = collect_options
    (function Cookie_servers v -> Some v | _ -> None)
let collect_dns_servers = collect_options (function Dns_servers v -> Some v | _ -> None)
let collect_finger_servers = collect_options
    (function Finger_servers v -> Some v | _ -> None)
let collect_impress_servers = collect_options
    (function Impress_servers v -> Some v | _ -> None)
let collect_irc_servers = collect_options (function Irc_servers v -> Some v | _ -> None)
let collect_log_servers = collect_options (function Log_servers v -> Some v | _ -> None)
let collect_lpr_servers = collect_options (function Lpr_servers v -> Some v | _ -> None)
let collect_mobile_ip_home_agent = collect_options
    (function Mobile_ip_home_agent v -> Some v | _ -> None)
let collect_name_servers = collect_options
    (function Name_servers v -> Some v | _ -> None)
let collect_netbios_datagram_distrib_servers = collect_options
    (function Netbios_datagram_distrib_servers v -> Some v | _ -> None)
let collect_netbios_name_servers = collect_options
    (function Netbios_name_servers v -> Some v | _ -> None)
let collect_nis_plus_servers = collect_options
    (function Nis_plus_servers v -> Some v | _ -> None)
let collect_nis_servers = collect_options (function Nis_servers v -> Some v | _ -> None)
let collect_nntp_servers = collect_options
    (function Nntp_servers v -> Some v | _ -> None)
let collect_ntp_servers = collect_options (function Ntp_servers v -> Some v | _ -> None)
let collect_policy_filters = collect_options
    (function Policy_filters v -> Some v | _ -> None)
let collect_pop3_servers = collect_options
    (function Pop3_servers v -> Some v | _ -> None)
let collect_routers = collect_options (function Routers v -> Some v | _ -> None)
let collect_rsc_location_servers = collect_options
    (function Rsclocation_servers v -> Some v | _ -> None)
let collect_smtp_servers = collect_options
    (function Smtp_servers v -> Some v | _ -> None)
let collect_static_routes = collect_options
    (function Static_routes v -> Some v | _ -> None)
let collect_streettalk_da = collect_options
    (function Streettalk_da v -> Some v | _ -> None)
let collect_streettalk_servers = collect_options
    (function Streettalk_servers v -> Some v | _ -> None)
let collect_time_servers = collect_options
    (function Time_servers v -> Some v | _ -> None)
let collect_www_servers = collect_options (function Www_servers v -> Some v | _ -> None)
let collect_xwindow_display_managers = collect_options
    (function Xwindow_display_managers v -> Some v | _ -> None)
let collect_xwindow_font_servers = collect_options
    (function Xwindow_font_servers v -> Some v | _ -> None)
let find_absolute_time = find_option (function Absolute_time v -> Some v | _ -> None)
let find_all_subnets_local = find_option
    (function All_subnets_local v -> Some v | _ -> None)
let find_arp_cache_timo = find_option (function Arp_cache_timo v -> Some v | _ -> None)
let find_authentication = find_option (function Authentication v -> Some v | _ -> None)
let find_auto_config = find_option (function Auto_config v -> Some v | _ -> None)
let find_bcmcs_controller_domain_name = find_option
    (function Bcmcs_controller_domain_name_list v -> Some v | _ -> None)
let find_bootfile_name = find_option (function Bootfile_name v -> Some v | _ -> None)
let find_bootfile_size = find_option (function Bootfile_size v -> Some v | _ -> None)
let find_broadcast_addr = find_option (function Broadcast_addr v -> Some v | _ -> None)
let find_capwap_ac_v4 = find_option (function Capwap_ac_v4 v -> Some v | _ -> None)
let find_ccc = find_option (function Ccc v -> Some v | _ -> None)
let find_classless_static_route = find_option
    (function Classless_static_route v -> Some v | _ -> None)
let find_client_fqdn = find_option (function Client_fqdn v -> Some v | _ -> None)
let find_client_id = find_option (function Client_id v -> Some v | _ -> None)
let find_client_last_transaction_time = find_option
    (function Client_last_transaction_time v -> Some v | _ -> None)
let find_client_ndi = find_option (function Client_ndi v -> Some v | _ -> None)
let find_client_system = find_option (function Client_system v -> Some v | _ -> None)
let find_configuration_file = find_option
    (function Configuration_file v -> Some v | _ -> None)
let find_data_source = find_option (function Data_source v -> Some v | _ -> None)
let find_default_ip_ttl = find_option (function Default_ip_ttl v -> Some v | _ -> None)
let find_dhcp_captive_portal = find_option
    (function Dhcp_captive_portal v -> Some v | _ -> None)
let find_dhcp_state = find_option (function Dhcp_state v -> Some v | _ -> None)
let find_directory_agent = find_option
    (function Directory_agent v -> Some v | _ -> None)
let find_domain_name = find_option (function Domain_name v -> Some v | _ -> None)
let find_domain_search = find_option (function Domain_search v -> Some v | _ -> None)
let find_etherboot_175 = find_option (function Etherboot_175 v -> Some v | _ -> None)
let find_etherboot_177 = find_option (function Etherboot_177 v -> Some v | _ -> None)
let find_ethernet_encapsulation = find_option
    (function Ethernet_encapsulation v -> Some v | _ -> None)
let find_extension_path = find_option (function Extension_path v -> Some v | _ -> None)
let find_forcenew_nonce_capable = find_option
    (function Forcenew_nonce_capable v -> Some v | _ -> None)
let find_geoconf = find_option (function Geoconf v -> Some v | _ -> None)
let find_geoconf_civic = find_option (function Geoconf_civic v -> Some v | _ -> None)
let find_geolock = find_option (function Geolock v -> Some v | _ -> None)
let find_hostname = find_option (function Hostname v -> Some v | _ -> None)
let find_interface_mtu = find_option (function Interface_mtu v -> Some v | _ -> None)
let find_ip_lease_time = find_option (function Ip_lease_time v -> Some v | _ -> None)
let find_ip_telefone = find_option (function Ip_telefone v -> Some v | _ -> None)
let find_ipforwarding = find_option (function Ipforwarding v -> Some v | _ -> None)
let find_ipv4_address_andsf = find_option
    (function Ipv4_address_andsf v -> Some v | _ -> None)
let find_ipv4_address_mos = find_option
    (function Ipv4_address_mos v -> Some v | _ -> None)
let find_ipv4_fqdn_mos = find_option (function Ipv4_fqdn_mos v -> Some v | _ -> None)
let find_isns = find_option (function Isns v -> Some v | _ -> None)
let find_ldap = find_option (function Ldap v -> Some v | _ -> None)
let find_mask_supplier = find_option (function Mask_supplier v -> Some v | _ -> None)
let find_max_datagram = find_option (function Max_datagram v -> Some v | _ -> None)
let find_max_message = find_option (function Max_message v -> Some v | _ -> None)
let find_merit_dumpfile = find_option (function Merit_dumpfile v -> Some v | _ -> None)
let find_message = find_option (function Message v -> Some v | _ -> None)
let find_message_type = find_option (function Message_type v -> Some v | _ -> None)
let find_misc_150 = find_option (function Misc_150 v -> Some v | _ -> None)
let find_name_service_search = find_option
    (function Name_service_search v -> Some v | _ -> None)
let find_nds_context = find_option (function Nds_context v -> Some v | _ -> None)
let find_nds_servers = find_option (function Nds_servers v -> Some v | _ -> None)
let find_nds_tree_name = find_option (function Nds_tree_name v -> Some v | _ -> None)
let find_netbios_node = find_option (function Netbios_node v -> Some v | _ -> None)
let find_netbios_scope = find_option (function Netbios_scope v -> Some v | _ -> None)
let find_netinfo_address = find_option
    (function Netinfo_address v -> Some v | _ -> None)
let find_netinfo_tag = find_option (function Netinfo_tag v -> Some v | _ -> None)
let find_netware_ip_domain = find_option
    (function Netware_ip_domain v -> Some v | _ -> None)
let find_netware_ip_option = find_option
    (function Netware_ip_option v -> Some v | _ -> None)
let find_nis_domain = find_option (function Nis_domain v -> Some v | _ -> None)
let find_nis_plus_domain = find_option
    (function Nis_plus_domain v -> Some v | _ -> None)
let find_nlsr = find_option (function Nlsr v -> Some v | _ -> None)
let find_option_6rd = find_option (function Option_6rd v -> Some v | _ -> None)
let find_option_overload = find_option
    (function Option_overload v -> Some v | _ -> None)
let find_pana_agent = find_option (function Pana_agent v -> Some v | _ -> None)
let find_parameter_requests = find_option
    (function Parameter_requests v -> Some v | _ -> None)
let find_path_prefix = find_option (function Path_prefix v -> Some v | _ -> None)
let find_pcode = find_option (function Pcode v -> Some v | _ -> None)
let find_perform_mask_discovery = find_option
    (function Perform_mask_discovery v -> Some v | _ -> None)
let find_perform_router_disc = find_option
    (function Perform_router_disc v -> Some v | _ -> None)
let find_pmtu_ageing_timo = find_option
    (function Pmtu_ageing_timo v -> Some v | _ -> None)
let find_pmtu_plateau_table = find_option
    (function Pmtu_plateau_table v -> Some v | _ -> None)
let find_private_classless_static_route = find_option
    (function Private_classless_static_route v -> Some v | _ -> None)
let find_pxe_128 = find_option (function Pxe_128 v -> Some v | _ -> None)
let find_pxe_129 = find_option (function Pxe_129 v -> Some v | _ -> None)
let find_pxe_130 = find_option (function Pxe_130 v -> Some v | _ -> None)
let find_pxe_131 = find_option (function Pxe_131 v -> Some v | _ -> None)
let find_pxe_132 = find_option (function Pxe_132 v -> Some v | _ -> None)
let find_pxe_133 = find_option (function Pxe_133 v -> Some v | _ -> None)
let find_pxe_134 = find_option (function Pxe_134 v -> Some v | _ -> None)
let find_pxe_135 = find_option (function Pxe_135 v -> Some v | _ -> None)
let find_pxe_linux = find_option (function Pxe_linux v -> Some v | _ -> None)
let find_query_end_time = find_option (function Query_end_time v -> Some v | _ -> None)
let find_query_start_time = find_option
    (function Query_start_time v -> Some v | _ -> None)
let find_rapid_commit = find_option (function Rapid_commit as v -> Some v | _ -> None)
let find_rdnss_selection = find_option
    (function Rdnss_selection v -> Some v | _ -> None)
let find_rebinding_t2 = find_option (function Rebinding_t2 v -> Some v | _ -> None)
let find_reboot_time = find_option (function Reboot_time v -> Some v | _ -> None)
let find_relay_agent_information = find_option
    (function Relay_agent_information v -> Some v | _ -> None)
let find_renewal_t1 = find_option (function Renewal_t1 v -> Some v | _ -> None)
let find_request_ip = find_option (function Request_ip v -> Some v | _ -> None)
let find_root_path = find_option (function Root_path v -> Some v | _ -> None)
let find_router_sol_addr = find_option
    (function Router_sol_addr v -> Some v | _ -> None)
let find_server_identifier = find_option
    (function Server_identifier v -> Some v | _ -> None)
let find_service_scope = find_option (function Service_scope v -> Some v | _ -> None)
let find_sip_servers = find_option (function Sip_servers v -> Some v | _ -> None)
let find_sip_ua_domains = find_option (function Sip_ua_domains v -> Some v | _ -> None)
let find_start_time_of_state = find_option
    (function Start_time_of_state v -> Some v | _ -> None)
let find_status_code = find_option (function Status_code v -> Some v | _ -> None)
let find_subnet_allocation = find_option
    (function Subnet_allocation v -> Some v | _ -> None)
let find_subnet_mask = find_option (function Subnet_mask v -> Some v | _ -> None)
let find_subnet_selection = find_option
    (function Subnet_selection v -> Some v | _ -> None)
let find_swap_server = find_option (function Swap_server v -> Some v | _ -> None)
let find_tcode = find_option (function Tcode v -> Some v | _ -> None)
let find_tcp_default_ttl = find_option
    (function Tcp_default_ttl v -> Some v | _ -> None)
let find_tcp_keepalive_garbage = find_option
    (function Tcp_keepalive_garbage v -> Some v | _ -> None)
let find_tcp_keepalive_interval = find_option
    (function Tcp_keepalive_interval v -> Some v | _ -> None)
let find_tftp_server_name = find_option
    (function Tftp_server_name v -> Some v | _ -> None)
let find_time_offset = find_option (function Time_offset v -> Some v | _ -> None)
let find_trailer_encapsulation = find_option
    (function Trailer_encapsulation v -> Some v | _ -> None)
let find_url = find_option (function Url v -> Some v | _ -> None)
let find_user_auth = find_option (function User_auth v -> Some v | _ -> None)
let find_user_class = find_option (function User_class v -> Some v | _ -> None)
let find_uuid_guid = find_option (function Uuid_guid v -> Some v | _ -> None)
let find_v4_access_domain = find_option
    (function V4_access_domain v -> Some v | _ -> None)
let find_v4_lost = find_option (function V4_lost v -> Some v | _ -> None)
let find_v4_pcp_server = find_option (function V4_pcp_server v -> Some v | _ -> None)
let find_v4_portparams = find_option (function V4_portparams v -> Some v | _ -> None)
let find_vendor_class_id = find_option
    (function Vendor_class_id v -> Some v | _ -> None)
let find_vendor_specific = find_option
    (function Vendor_specific v -> Some v | _ -> None)
let find_vi_vendor_class = find_option
    (function Vi_vendor_class v -> Some v | _ -> None)
let find_vi_vendor_info = find_option (function Vi_vendor_info v -> Some v | _ -> None)
let find_virtual_subnet_selection = find_option
    (function Virtual_subnet_selection v -> Some v | _ -> None)
let find_web_proxy_auto_disc = find_option
    (function Web_proxy_auto_disc v -> Some v | _ -> None)

let unassigned code = function
  | Unassigned (code', value) when code = code' -> Some (code', value)
  | _ -> None

let find_unassigned code = find_option (unassigned code)
let collect_unassigned code options = List.filter_map (unassigned code) options

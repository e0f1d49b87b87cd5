(** DHCP options with their values (RFC 2132 and its successors). *)

type msgtype =
  | DHCPDISCOVER
  | DHCPOFFER
  | DHCPREQUEST
  | DHCPDECLINE
  | DHCPACK
  | DHCPNAK
  | DHCPRELEASE
  | DHCPINFORM
  | DHCPFORCERENEW
  | DHCPLEASEQUERY
  | DHCPLEASEUNASSIGNED
  | DHCPLEASEUNKNOWN
  | DHCPLEASEACTIVE
  | DHCPBULKLEASEQUERY
  | DHCPLEASEQUERYDONE

type client_id = Hwaddr of Macaddr.t | Id of string

type dhcp_option =
  | Pad
  | Subnet_mask of Ipaddr.V4.t
  | Time_offset of int32
  | Routers of Ipaddr.V4.t list
  | Time_servers of Ipaddr.V4.t list
  | Name_servers of Ipaddr.V4.t list
  | Dns_servers of Ipaddr.V4.t list
  | Log_servers of Ipaddr.V4.t list
  | Cookie_servers of Ipaddr.V4.t list
  | Lpr_servers of Ipaddr.V4.t list
  | Impress_servers of Ipaddr.V4.t list
  | Rsclocation_servers of Ipaddr.V4.t list
  | Hostname of string
  | Bootfile_size of int
  | Merit_dumpfile of string
  | Domain_name of string
  | Swap_server of Ipaddr.V4.t
  | Root_path of string
  | Extension_path of string
  | Ipforwarding of bool
  | Nlsr of bool
  | Policy_filters of Ipaddr.V4.Prefix.t list
  | Max_datagram of int
  | Default_ip_ttl of int
  | Pmtu_ageing_timo of int32
  | Pmtu_plateau_table of int list
  | Interface_mtu of int
  | All_subnets_local of bool
  | Broadcast_addr of Ipaddr.V4.t
  | Perform_mask_discovery of bool
  | Mask_supplier of bool
  | Perform_router_disc of bool
  | Router_sol_addr of Ipaddr.V4.t
  | Static_routes of (Ipaddr.V4.t * Ipaddr.V4.t) list
  | Trailer_encapsulation of bool
  | Arp_cache_timo of int32
  | Ethernet_encapsulation of bool
  | Tcp_default_ttl of int
  | Tcp_keepalive_interval of int32
  | Tcp_keepalive_garbage of int
  | Nis_domain of string
  | Nis_servers of Ipaddr.V4.t list
  | Ntp_servers of Ipaddr.V4.t list
  | Vendor_specific of string
  | Netbios_name_servers of Ipaddr.V4.t list
  | Netbios_datagram_distrib_servers of Ipaddr.V4.t list
  | Netbios_node of int
  | Netbios_scope of string
  | Xwindow_font_servers of Ipaddr.V4.t list
  | Xwindow_display_managers of Ipaddr.V4.t list
  | Request_ip of Ipaddr.V4.t
  | Ip_lease_time of int32
  | Option_overload of int
  | Message_type of msgtype
  | Server_identifier of Ipaddr.V4.t
  | Parameter_requests of Dhcp_option_code.option_code list
  | Message of string
  | Max_message of int
  | Renewal_t1 of int32
  | Rebinding_t2 of int32
  | Vendor_class_id of string
  | Client_id of client_id
  | Netware_ip_domain of string
  | Netware_ip_option of string
  | Nis_plus_domain of string
  | Nis_plus_servers of Ipaddr.V4.t list
  | Tftp_server_name of string
  | Bootfile_name of string
  | Mobile_ip_home_agent of Ipaddr.V4.t list
  | Smtp_servers of Ipaddr.V4.t list
  | Pop3_servers of Ipaddr.V4.t list
  | Nntp_servers of Ipaddr.V4.t list
  | Www_servers of Ipaddr.V4.t list
  | Finger_servers of Ipaddr.V4.t list
  | Irc_servers of Ipaddr.V4.t list
  | Streettalk_servers of Ipaddr.V4.t list
  | Streettalk_da of Ipaddr.V4.t list
  | User_class of string
  | Directory_agent of string
  | Service_scope of string
  | Rapid_commit
  | Client_fqdn of string
  | Relay_agent_information of string
  | Isns of string
  | Nds_servers of string
  | Nds_tree_name of string
  | Nds_context of string
  | Bcmcs_controller_domain_name_list of string
  | Bcmcs_controller_ipv4_addrs of Ipaddr.V4.t list
  | Authentication of string
  | Client_last_transaction_time of int32
  | Associated_ips of Ipaddr.V4.t list
  | Client_system of string
  | Client_ndi of string
  | Ldap of string
  | Uuid_guid of string
  | User_auth of string
  | Geoconf_civic of string
  | Pcode of string
  | Tcode of string
  | Netinfo_address of string
  | Netinfo_tag of string
  | Url of string
  | Auto_config of int
  | Name_service_search of string
  | Subnet_selection of Ipaddr.V4.t
  | Domain_search of string
  | Sip_servers of string
  | Classless_static_route of string
  | Ccc of string
  | Geoconf of string
  | Vi_vendor_class of string
  | Vi_vendor_info of string
  | Pxe_128 of string
  | Pxe_129 of string
  | Pxe_130 of string
  | Pxe_131 of string
  | Pxe_132 of string
  | Pxe_133 of string
  | Pxe_134 of string
  | Pxe_135 of string
  | Pana_agent of string
  | V4_lost of string
  | Capwap_ac_v4 of string
  | Ipv4_address_mos of string
  | Ipv4_fqdn_mos of string
  | Sip_ua_domains of string
  | Ipv4_address_andsf of string
  | Geolock of string
  | Forcenew_nonce_capable of string
  | Rdnss_selection of string
  | Misc_150 of string
  | Status_code of string
  | Absolute_time of int32
  | Start_time_of_state of int32
  | Query_start_time of int32
  | Query_end_time of int32
  | Dhcp_state of int
  | Data_source of int
  | V4_pcp_server of string
  | V4_portparams of string
  | Dhcp_captive_portal of string
  | Etherboot_175 of string
  | Ip_telefone of string
  | Etherboot_177 of string
  | Pxe_linux of int32
  | Configuration_file of string
  | Path_prefix of string
  | Reboot_time of int32
  | Option_6rd of string
  | V4_access_domain of string
  | Subnet_allocation of int
  | Virtual_subnet_selection of string
  | Private_classless_static_route of string
  | Web_proxy_auto_disc of string
  | End
  | Unassigned of Dhcp_option_code.option_code * string

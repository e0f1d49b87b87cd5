module Config = Dhcp_server_config
module Lease = Dhcp_server_lease
module Input = Dhcp_server_input

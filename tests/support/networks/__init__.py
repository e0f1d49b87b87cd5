"""Both ends of networks: devices, hosts, servers and attackers."""

let declare ?group network = Resolver_keys.declare_with Ipaddr.of_string ?group network

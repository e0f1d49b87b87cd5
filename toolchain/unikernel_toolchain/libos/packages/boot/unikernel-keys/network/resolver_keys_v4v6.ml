let declare ?group network = Resolver_keys.declare_with Address_values.either Fun.id ?group network

(** {!Resolver_keys} with an address of either family. *)

val declare : ?group:string -> string -> Ipaddr.t Resolver_keys.keys

(** The converters of keys that MirageOS 3.9 adds to {!Functoria_key}'s. *)

include module type of struct
  include Functoria_key.Arg
end

val ipv4_address : Ipaddr.V4.t converter
val ipv4 : Ipaddr.V4.Prefix.t converter
val ipv6 : Ipaddr.V6.t converter
val ipv6_prefix : Ipaddr.V6.Prefix.t converter

val variant : ?runtime_conv:string -> (string * string * 'a) list -> 'a converter
(** Each value with what is typed for it and the name of its constructor, which is polymorphic. *)

val log_threshold : Mirage_runtime.log_threshold converter

(** Network devices, Ethernet and ARP. *)

open Functoria

type network

val network : network typ
val default_network : network impl

val netif : ?group:string -> string -> network impl
(** The image's network device that the key [interface] names, by default this one. *)

type ethernet

val ethernet : ethernet typ
val etif : network impl -> ethernet impl

type arpv4

val arpv4 : arpv4 typ
val arp : ?time:Mirage_impl_time.time impl -> ethernet impl -> arpv4 impl

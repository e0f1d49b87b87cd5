(** The address of a network in a program that config.ml makes: the first of the boot key's, the
    key's when configuring, the one that the host tells, and config.ml's own. *)

type 'a choice = { value : 'a; is_chosen : bool  (** by whoever configured or booted *) }

val choice : configured:bool -> string -> 'a -> 'a choice
(** [choice ~configured name value] is the value of the boot key [name]; [configured] says that
    it was given when configuring. *)

val v :
  network:string ->
  address:Ipaddr.V4.Prefix.t choice ->
  gateway:Ipaddr.V4.t option choice ->
  Ipaddr.V4.Prefix.t * Ipaddr.V4.t option
(** The address with the length of its network, and its router. A router that nobody chose is
    left out where it is outside the network. The host's DNS server is passed on
    ({!Network_variables.use_name_server}).
    @raise Failure when a router was chosen that is outside the network. *)

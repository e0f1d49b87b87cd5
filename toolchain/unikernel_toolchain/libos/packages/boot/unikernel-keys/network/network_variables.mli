(** What the host tells about networks in boot variables: [UNIKERNEL_NET] lists their
    names, other variables have an entry for each, in the same order. *)

type 'a variable =
  | Unset  (** the host says nothing of this network *)
  | Absent  (** it says that there is none *)
  | Value of 'a

val find : string -> network:string -> string variable
(** [find "UNIKERNEL_IPV4" ~network] is this network's entry in that variable. *)

val use_name_server : network:string -> unit
(** Passes on the DNS server that the host tells of in [UNIKERNEL_RESOLVER]: see
    {!Name_servers}. *)

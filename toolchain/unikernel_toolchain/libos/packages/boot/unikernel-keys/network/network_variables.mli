(** What the host tells about networks in boot variables: [UNIKERNEL_NET] lists their
    names, other variables have an entry for each, in the same order. *)

type 'a told =
  | Untold  (** the host says nothing of this network *)
  | Absent  (** it says that there is none *)
  | Told of 'a

val find : string -> network:string -> string told
(** [find "UNIKERNEL_IPV4" ~network] is this network's entry in that variable. *)

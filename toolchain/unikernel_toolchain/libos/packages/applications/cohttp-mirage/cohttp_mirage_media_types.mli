(** What a file's name says of its content. *)

val of_path : string -> string
(** The media type (IANA, "Media Types") by the path's extension, in whatever
    case; [application/octet-stream] for those not known. *)

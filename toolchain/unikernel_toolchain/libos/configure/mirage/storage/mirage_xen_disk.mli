(** Disks of Xen's by their ids in xenstore. *)

val name : string -> (string, string) result
(** [name id] is the name of the disk that [id] stands for: "xvda" for "51712", "xvda" or
    "/dev/xvda", "xvda1" for its first partition; or a sentence that says what is wrong with it. *)

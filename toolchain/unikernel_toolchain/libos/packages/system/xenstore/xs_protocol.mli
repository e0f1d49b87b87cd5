(** Values of xenstore (xen: docs/misc/xenstore.txt). Messages themselves are the platform's. *)

exception Enoent of string
(** There is no such path. *)

exception Eagain
(** In a transaction: what it read was changed by others. In what {!Xs_client_lwt.S.wait} is given:
    what it looks for is not so yet. *)

exception Eexist
exception Invalid

exception Error of string
(** Anything else, in words. *)

(** Who may read and write a path. *)
module ACL : sig
  type perm = NONE | READ | WRITE | RDWR

  val char_of_perm : perm -> char
  val perm_of_char : char -> perm option

  type domid = int

  type t = {
    owner : domid;  (** has all rights *)
    other : perm;  (** of those that [acl] does not name *)
    acl : (domid * perm) list;
  }

  val of_string : string -> t option
  (** As the store writes it: a letter and a domain's number for each, with NULs between them, the
      owner first. [None] for any other text. *)

  val to_string : t -> string
end

(** What a watch is told apart by. *)
module Token : sig
  type t

  val of_string : string -> t
  val to_string : t -> string
  val to_user_string : t -> string
  val to_debug_string : t -> string
end

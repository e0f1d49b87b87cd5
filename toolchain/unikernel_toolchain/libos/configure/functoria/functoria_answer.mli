(** What an application's devices have an image need besides code. A device adds to it in its
    [configure]; whoever configures empties it first, and reads it afterwards. *)

type kind = Net | Block | Kv
type device = {
  kind : kind;
  name : string;  (** by which it is wired at boot *)
  path : string;  (** of the file or folder that config.ml names, if it names one *)
}

type data =
  | Crunch of { module_name : string; folder : string }
  (** the folder's files, as this module *)
  | Tar of { device : string; folder : string }
  (** the folder as an archive, on this block device *)
  | Fat of { device : string; folder : string; pattern : string }
  (** the folder's files that match the pattern, as a FAT file system on this block device *)

type address_key = {
  option : string;  (** by which it is given at boot, without its dashes *)
  configured : string;  (** its value, if it was given when configuring, else "" *)
}

type address = {
  network : string;  (** the network device *)
  address : address_key;
  gateway : address_key;
}
(** The keys of a static IPv4 address. *)

type info_module = {
  module_name : string;
  record : string;  (** the module of the record type of its [info] *)
}
(** A module that says what the application is made of. *)

val add_device : ?path:string -> kind -> string -> unit
(** Nothing is added when there is one of this kind and name: it is the same device. *)

val add_data : data -> unit

val add_note : string -> unit
(** A sentence for whoever configures: what is served otherwise than the application asks. Each
    is kept once. *)

val add_address : address -> unit
val add_info_module : string -> record:string -> unit

val clear : unit -> unit

val devices : unit -> device list
(** In the order in which they were added; so are the others. *)

val data : unit -> data list
val addresses : unit -> address list
val notes : unit -> string list
val info_modules : unit -> info_module list

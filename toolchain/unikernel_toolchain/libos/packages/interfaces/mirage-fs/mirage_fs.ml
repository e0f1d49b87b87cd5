type error = [ `Is_a_directory | `No_directory_entry | `Not_a_directory ]

let pp_error ppf error =
  Format.pp_print_string ppf
    (match error with
     | `Is_a_directory -> "this is a directory, not a file"
     | `No_directory_entry -> "there is no file or directory of this name"
     | `Not_a_directory -> "this is a file, not a directory")

type write_error = [ error | `File_already_exists | `No_directory_entry | `No_space ]

let pp_write_error ppf = function
  | #error as e -> pp_error ppf e
  | `File_already_exists -> Format.pp_print_string ppf "there is a file of this name"
  | `No_space -> Format.pp_print_string ppf "no space is left on the device"

type stat = {
  filename : string;
  read_only : bool;
  directory : bool;
  size : int64;
}

module type S = sig
  type error = private [> `Is_a_directory | `No_directory_entry | `Not_a_directory ]

  val pp_error : error Fmt.t

  type write_error = private
    [> `Is_a_directory
    | `No_directory_entry
    | `Not_a_directory
    | `File_already_exists
    | `No_directory_entry
    | `No_space ]

  val pp_write_error : write_error Fmt.t

  include Mirage_device.S

  val read : t -> string -> int -> int -> (Cstruct.t list, error) result Lwt.t
  val size : t -> string -> (int64, error) result Lwt.t
  val create : t -> string -> (unit, write_error) result Lwt.t
  val mkdir : t -> string -> (unit, write_error) result Lwt.t
  val destroy : t -> string -> (unit, write_error) result Lwt.t
  val stat : t -> string -> (stat, error) result Lwt.t
  val listdir : t -> string -> (string list, error) result Lwt.t
  val write : t -> string -> int -> Cstruct.t -> (unit, write_error) result Lwt.t
end

module To_KV_RO (FS : S) = struct
  type t = FS.t
  type key = Mirage_kv.Key.t
  type error = [ Mirage_kv.error | `FS of FS.error ]

  let pp_error ppf = function
    | #Mirage_kv.error as e -> Mirage_kv.pp_error ppf e
    | `FS e -> FS.pp_error ppf e

  let ( let* ) = Lwt_result.bind
  let connect t = Lwt.return t
  let disconnect = FS.disconnect

  (* What the file system said of the file with this key, in a store's words. *)
  let or_error key answer =
    Lwt_result.map_error
      (function
        | `No_directory_entry | `Not_a_directory -> `Not_found key
        | `Is_a_directory -> `Value_expected key
        | e -> `FS e)
      answer

  let path = Mirage_kv.Key.to_string

  let kind t key =
    if Mirage_kv.Key.(equal key empty) then Lwt.return_ok `Dictionary
    else
      let* stat = or_error key (FS.stat t (path key)) in
      Lwt.return_ok (if stat.directory then `Dictionary else `Value)

  let exists t key =
    Lwt.map
      (function
        | Ok kind -> Ok (Some kind)
        | Error (`Not_found _) -> Ok None
        | Error e -> Error e)
      (kind t key)

  (* A piece is what one request of a device can well be. *)
  let piece_bytes = 1 lsl 20

  let get t key =
    let* kind = kind t key in
    if kind = `Dictionary then Lwt.return_error (`Value_expected key)
    else
      let rec from offset pieces =
        let* read = or_error key (FS.read t (path key) offset piece_bytes) in
        let length = Cstruct.lenv read in
        let pieces = Cstruct.copyv read :: pieces in
        if length < piece_bytes then Lwt.return_ok (String.concat "" (List.rev pieces))
        else from (offset + length) pieces
      in
      from 0 []

  let list t key =
    let* kind_of_key = kind t key in
    if kind_of_key = `Value then Lwt.return_error (`Dictionary_expected key)
    else
      let* names = or_error key (FS.listdir t (path key)) in
      let rec kinds found = function
        | [] -> Lwt.return_ok (List.rev found)
        | name :: others ->
            let* kind = kind t (Mirage_kv.Key.add key name) in
            kinds ((name, kind) :: found) others
      in
      kinds [] names

  let last_modified t key =
    let* _ = kind t key in
    Lwt.return_ok (0, 0L)

  let rec digest t key =
    let* kind_of_key = kind t key in
    if kind_of_key = `Value then Lwt_result.map Mirage_kv_digest.value (get t key)
    else
      let* entries = list t key in
      let rec digests found = function
        | [] -> Lwt.return_ok (Mirage_kv_digest.dictionary found)
        | (name, _) :: others ->
            let* below = digest t (Mirage_kv.Key.add key name) in
            digests ((name, below) :: found) others
      in
      digests [] entries
end

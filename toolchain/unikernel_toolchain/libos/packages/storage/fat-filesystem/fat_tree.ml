(* Paths are walked from the root. The latest is remembered: files are read and written piece by
   piece. *)

let ( let* ) = Lwt_result.bind

module Make (B : Fat_device.S) = struct
  module Directory = Fat_directory.Make (B)

  type read_error = [ `Block_read of B.error | `No_directory_entry | `Is_a_directory | `Not_a_directory ]
  type error = [ read_error | `Block_write of B.write_error | `No_space | `Exn of exn ]

  type found = Directory.place * Fat_entry.t

  type t = {
    directory : Directory.t;
    mutable latest : (string * found) option;
  }

  let connect directory = { directory; latest = None }
  let set_latest t path found = t.latest <- Some (path, found)
  let forget_latest t = t.latest <- None

  let forget t =
    forget_latest t;
    Directory.forget t.directory

  (* ---- Finding *)

  (* Where the last of [names] is, or would be. *)
  let rec descend t place = function
    | [] -> Lwt.return_ok `Root
    | [ name ] ->
        let* found = Directory.find t.directory place name in
        Lwt.return_ok
          (match found with
           | Some entry -> `Entry (place, entry)
           | None -> `Nothing)
    | name :: below -> (
        let* found = Directory.find t.directory place name in
        match found with
        | None -> Lwt.return_ok `Nothing
        | Some entry when Fat_entry.is_directory entry ->
            descend t (Directory.place_of entry) below
        | Some _ -> Lwt.return_error `Not_a_directory)

  let names path = Fat_path.to_string_list (Fat_path.of_string path)

  let lookup t path =
    match t.latest with
    | Some (known, found) when known = path -> Lwt.return_ok (`Entry found)
    | Some _ | None ->
        let* found = descend t Directory.root (names path) in
        (match found with
         | `Entry found -> t.latest <- Some (path, found)
         | `Root | `Nothing -> ());
        Lwt.return_ok found

  let file t path =
    let* found = lookup t path in
    match found with
    | `Nothing -> Lwt.return_error `No_directory_entry
    | `Root -> Lwt.return_error `Is_a_directory
    | `Entry (_, entry) when Fat_entry.is_directory entry -> Lwt.return_error `Is_a_directory
    | `Entry found -> Lwt.return_ok found

  let directory t path =
    let* found = lookup t path in
    match found with
    | `Nothing -> Lwt.return_error `No_directory_entry
    | `Root -> Lwt.return_ok Directory.root
    | `Entry (_, entry) when Fat_entry.is_directory entry ->
        Lwt.return_ok (Directory.place_of entry)
    | `Entry _ -> Lwt.return_error `Not_a_directory

  (* ---- Adding *)

  let units_of name =
    Lwt.return (Result.map_error (fun sentence -> `Exn (Invalid_argument sentence)) (Fat_name.to_units name))

  (* The directory that these names lead to: what is missing of it comes to be. *)
  let rec made t place = function
    | [] -> Lwt.return_ok place
    | name :: below -> (
        let* found = Directory.find t.directory place name in
        match found with
        | Some entry when Fat_entry.is_directory entry ->
            made t (Directory.place_of entry) below
        | Some _ -> Lwt.return_error `Not_a_directory
        | None ->
            let* units = units_of name in
            let* place = Directory.add_directory t.directory place units in
            made t place below)

  let add_file t path =
    let path = Fat_path.of_string path in
    let above = Fat_path.to_string_list (Fat_path.directory path) in
    let* place = made t Directory.root above in
    let* units = units_of (Fat_path.filename path) in
    Directory.add_file t.directory place units

  let add_directory t path =
    let* _ = made t Directory.root (names path) in
    Lwt.return_ok ()
end

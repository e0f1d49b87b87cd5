module Key = Mirage_kv.Key

type error =
  [ Mirage_kv.error
  | `Storage_error of Key.t * string ]

type write_error =
  [ Mirage_kv.write_error
  | `Storage_error of Key.t * string
  | `Key_exists of Key.t ]

let pp_storage_error ppf (key, why) = Fmt.pf ppf "%a in the host's directory: %s" Key.pp key why

let pp_error ppf = function
  | #Mirage_kv.error as e -> Mirage_kv.pp_error ppf e
  | `Storage_error it -> pp_storage_error ppf it

let pp_write_error ppf = function
  | #Mirage_kv.write_error as e -> Mirage_kv.pp_write_error ppf e
  | `Storage_error it -> pp_storage_error ppf it
  | `Key_exists key -> Fmt.pf ppf "%a is there, and neither a file nor a directory" Key.pp key

external acquire : string -> int = "unikernel_kv_acquire"

external ask : int -> int -> string -> string -> int * int * int * int * int * string
  = "unikernel_kv_ask"

type key = Key.t

type change =
  | Set of key * string
  | Remove of key

type t = {
  handle : int;
  name : string;
  batch : change list ref option;  (** the last one first *)
}

(* enum unikernel_directory_operation *)
let status, read, list_, write_, remove_ = (1, 2, 3, 4, 5)
let kind_of = function 1 -> `Value | _ -> `Dictionary

(* What errno says of a key, where it is not told apart by the operation. *)
let sentence = function
  | -1 -> "the file server beside this guest has ended"
  | 1 | 13 -> "the host does not permit it"
  | 5 -> "the host's disk has failed"
  | 12 -> "the value is larger than the memory that is left"
  | 16 -> "others are writing there"
  | 24 -> "too many files are open"
  | 30 -> "it can only be read"
  | 36 -> "the path is too long"
  | n -> Printf.sprintf "errno %d of Linux" n

type answer = {
  kind : [ `Value | `Dictionary ];
  modified : int * int64;
  bytes : string;
}

let seconds_a_day = 86_400

let modified seconds nanoseconds =
  let days = if seconds >= 0 then seconds / seconds_a_day else ((seconds + 1) / seconds_a_day) - 1 in
  let rest = seconds - (days * seconds_a_day) in
  (days, Int64.(add (mul (of_int rest) 1_000_000_000_000L) (mul (of_int nanoseconds) 1_000L)))

let path key = String.concat "/" (Key.segments key)

let request t operation key value =
  let errno, kind, _, seconds, nanoseconds, bytes = ask t.handle operation (path key) value in
  if errno = 0 then Ok { kind = kind_of kind; modified = modified seconds nanoseconds; bytes }
  else Error errno

(* Nothing is at a path through a file. *)
let reading key = function
  | Ok it -> Ok it
  | Error (2 | 20) -> Error (`Not_found key)
  | Error 21 -> Error (`Value_expected key)
  | Error errno -> Error (`Storage_error (key, sentence errno))

let writing key ~absent = function
  | Ok _ -> Ok ()
  | Error 2 -> Error absent
  | Error 17 -> Error (`Key_exists key)
  | Error 20 -> Error (`Dictionary_expected key)
  | Error 21 -> Error (`Value_expected key)
  | Error (28 | 122) -> Error `No_space
  | Error errno -> Error (`Storage_error (key, sentence errno))

let connect name =
  match acquire name with
  | handle -> Lwt.return { handle; name; batch = None }
  | exception Failure why ->
      Lwt.fail_with
        (Printf.sprintf "Mirage_kv_unix.connect %S: %s; --kv %s=DIR gives it one" name why name)

let disconnect _ = Lwt.return_unit
let look t key = reading key (request t status key "")
let ( let* ) = Result.bind

let exists t key =
  Lwt.return
    (match look t key with
     | Ok it -> Ok (Some it.kind)
     | Error (`Not_found _) -> Ok None
     | Error _ as e -> e)

let value t key = Result.map (fun it -> it.bytes) (reading key (request t read key ""))
let get t key = Lwt.return (value t key)

let rec entries bytes at found =
  if at >= String.length bytes then List.sort compare found
  else
    let length = Char.code bytes.[at + 1] in
    let entry = (String.sub bytes (at + 2) length, kind_of (Char.code bytes.[at])) in
    entries bytes (at + 2 + length) (entry :: found)

let entries_of t key =
  match request t list_ key "" with
  | Ok it -> Ok (entries it.bytes 0 [])
  | Error 20 -> (
      match look t key with
      | Ok { kind = `Value; _ } -> Error (`Dictionary_expected key)
      | Ok _ | Error _ -> Error (`Not_found key))
  | Error _ as e -> Result.map (fun _ -> []) (reading key e)

let list t key = Lwt.return (entries_of t key)

(* Somebody on the host may remove an entry meanwhile. *)
let fold_entries t key f start =
  let* all = entries_of t key in
  let add so_far (segment, kind) =
    let* so_far = so_far in
    match f so_far segment (Key.add key segment) kind with
    | Error (`Not_found _) -> Ok so_far
    | result -> result
  in
  List.fold_left add (Ok start) all

let last_modified t key =
  let newest so_far _ key _ = Result.map (fun it -> max so_far it.modified) (look t key) in
  Lwt.return
    (let* it = look t key in
     match it.kind with
     | `Value -> Ok it.modified
     | `Dictionary ->
         let* at = fold_entries t key newest (min_int, 0L) in
         Ok (if fst at = min_int then it.modified else at))

let rec digest_of t key kind =
  match kind with
  | `Value -> Result.map Mirage_kv_digest.value (value t key)
  | `Dictionary ->
      let add so_far segment key kind =
        Result.map (fun digest -> (segment, digest) :: so_far) (digest_of t key kind)
      in
      Result.map Mirage_kv_digest.dictionary (fold_entries t key add [])

let digest t key =
  Lwt.return
    (let* it = look t key in
     digest_of t key it.kind)

let make t = function
  | Set (key, value) ->
      let absent = `Storage_error (key, "no file can have such a name") in
      writing key ~absent (request t write_ key value)
  | Remove key -> writing key ~absent:(`Not_found key) (request t remove_ key "")

let change t it =
  match t.batch with
  | None -> Lwt.return (make t it)
  | Some changes ->
      changes := it :: !changes;
      Lwt.return_ok ()

let set t key value = change t (Set (key, value))
let remove t key = change t (Remove key)

let batch t ?retries:_ f =
  match t.batch with
  | Some _ -> f t
  | None ->
      let changes = ref [] in
      Lwt.bind (f { t with batch = Some changes }) (fun answer ->
          let made =
            List.fold_left (fun so_far it -> Result.bind so_far (fun () -> make t it)) (Ok ()) (List.rev !changes)
          in
          match made with
          | Ok () -> Lwt.return answer
          | Error e -> Lwt.fail_with (Fmt.str "Mirage_kv_unix.batch, of %s: %a" t.name pp_write_error e))

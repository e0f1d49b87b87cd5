(* Values below dictionaries, as an immutable tree: who holds an old one sees nothing of what
   comes after, which is what a batch and its retries are made of. What a change touches is made
   anew from the root down, with `about` (when it changed, most often), and all else is shared. *)

module Entries = Map.Make (String)
module Key = Mirage_kv.Key

type ('about, 'value) t = {
  about : 'about;
  entries : ('about, 'value) node Entries.t;
}

and ('about, 'value) node = Value of 'value | Dictionary of ('about, 'value) t

type key = Key.t
type kind = [ `Value | `Dictionary ]

let empty about = { about; entries = Entries.empty }

let find t key =
  let below node segment =
    match node with
    | Some (Dictionary d) -> Entries.find_opt segment d.entries
    | Some (Value _) | None -> None
  in
  List.fold_left below (Some (Dictionary t)) (Key.segments key)

let kind = function
  | Value _ -> `Value
  | Dictionary _ -> `Dictionary

let exists t key = Option.map kind (find t key)

let value t key =
  match find t key with
  | Some (Value v) -> Ok v
  | Some (Dictionary _) -> Error (`Value_expected key)
  | None -> Error (`Not_found key)

let dictionary t key =
  match find t key with
  | Some (Dictionary d) -> Ok d
  | Some (Value _) -> Error (`Dictionary_expected key)
  | None -> Error (`Not_found key)

let list t key =
  let entry (segment, node) = (segment, kind node) in
  Result.map (fun d -> List.map entry (Entries.bindings d.entries)) (dictionary t key)

let rec digest_of value = function
  | Value v -> value v
  | Dictionary d ->
      Entries.bindings d.entries
      |> List.map (fun (segment, node) -> (segment, digest_of value node))
      |> Mirage_kv_digest.dictionary

let digest value t key =
  Option.to_result ~none:(`Not_found key) (Option.map (digest_of value) (find t key))

let ( let* ) = Result.bind

let set t key about value =
  let rec put t = function
    | [] -> Error (`Value_expected key)
    | [ last ] -> (
        match Entries.find_opt last t.entries with
        | Some (Dictionary _) -> Error (`Value_expected key)
        | Some (Value _) | None ->
            Ok { about; entries = Entries.add last (Value value) t.entries })
    | segment :: below ->
        let known = Entries.find_opt segment t.entries in
        let* inner =
          match known with
          | Some (Dictionary d) -> Ok d
          | Some (Value _) -> Error (`Dictionary_expected key)
          | None -> Ok (empty about)
        in
        let* inner = put inner below in
        (* A dictionary's `about` is of its direct entries: it changes when one comes. *)
        let about = if Option.is_none known then about else t.about in
        Ok { about; entries = Entries.add segment (Dictionary inner) t.entries }
  in
  put t (Key.segments key)

(* Removing the empty key empties the tree. A dictionary stays when its last entry goes. *)
let remove t key about =
  let rec without t = function
    | [] -> Ok (empty about)
    | [ last ] when Entries.mem last t.entries ->
        Ok { about; entries = Entries.remove last t.entries }
    | segment :: (_ :: _ as below) -> (
        match Entries.find_opt segment t.entries with
        | Some (Dictionary d) ->
            let* inner = without d below in
            Ok { t with entries = Entries.add segment (Dictionary inner) t.entries }
        | Some (Value _) | None -> Error (`Not_found key))
    | [ _ ] -> Error (`Not_found key)
  in
  without t (Key.segments key)

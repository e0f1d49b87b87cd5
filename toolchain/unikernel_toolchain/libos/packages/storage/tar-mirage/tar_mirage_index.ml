module Tree = Mirage_kv_tree
module Key = Mirage_kv.Key

type place = {
  offset : int;
  size : int;
}

type value = {
  content : (place, string) result;
  modified : int64;
}

type tree = (int64, value) Tree.t

(* Symbolic links may lead to later members: they wait, by their keys. *)
type t = {
  tree : tree;
  links : (Key.t * string) list;
}

let empty = { tree = Tree.empty 0L; links = [] }

let key_of name = Key.v (String.concat "/" (List.filter (fun s -> s <> ".") (String.split_on_char '/' name)))

(* What was there before goes, a dictionary or a value on the way too: the last member counts. *)
let rec put tree key time value =
  match Tree.set tree key time value with
  | Ok tree -> tree
  | Error (`Value_expected _) when Key.equal key Key.empty -> tree
  | Error (`Value_expected _) -> put (without tree key time) key time value
  | Error (`Dictionary_expected _) -> put (without tree (value_on_the_way tree key) time) key time value
  | Error (`Not_found _) -> tree

and without tree key time =
  match Tree.remove tree key time with
  | Ok tree -> tree
  | Error (#Mirage_kv.error) -> tree

and value_on_the_way tree key =
  let above = Key.parent key in
  match Tree.find tree above with
  | Some (Tree.Value _) -> above
  | Some (Tree.Dictionary _) | None -> value_on_the_way tree above

(* Through an entry that comes and goes. *)
let dictionary tree key time =
  match Tree.find tree key with
  | Some (Tree.Dictionary _) -> tree
  | Some (Tree.Value _) | None ->
      let inside = Key.add key "." in
      let tree = put tree inside time { content = Error ""; modified = time } in
      without tree inside time

let add t (member : Tar_members.member) ~data =
  let header = member.header in
  let key = key_of header.file_name and time = header.mod_time in
  let value content = { t with tree = put t.tree key time { content; modified = time } } in
  match member.kind with
  | _ when Key.equal key Key.empty -> t
  | Directory -> { t with tree = dictionary t.tree key time }
  | File -> value (Ok { offset = data; size = Int64.to_int header.file_size })
  | Sparse -> value (Error "a file with holes (sparse), which is not read: make the archive without --sparse")
  | Special -> value (Error "a device, a pipe or a part of another archive, which has no content")
  | Symbolic ->
      let t = value (Error ("a symbolic link to " ^ header.link_name)) in
      { t with links = (key, header.link_name) :: t.links }
  | Hard -> (
      match Tree.find t.tree (key_of header.link_name) with
      | Some (Tree.Value found) -> value found.content
      | Some (Tree.Dictionary _) | None ->
          value (Error ("a link to " ^ header.link_name ^ ", which is no file of the archive")))

(* Where a link's text leads from a key: [None] out of the archive. *)
let target key text =
  let step at = function
    | "" | "." -> at
    | ".." -> Option.bind at (fun at -> if at = [] then None else Some (List.tl at))
    | name -> Option.map (fun at -> name :: at) at
  in
  if text <> "" && text.[0] = '/' then None
  else
    let above = List.rev (Key.segments (Key.parent key)) in
    let at = List.fold_left step (Some above) (String.split_on_char '/' text) in
    Option.map (fun names -> Key.v (String.concat "/" (List.rev names))) at

let most_hops = 40

let finished t =
  let texts = Hashtbl.create 16 in
  (* Of several members with a name, the last was put on the list first. *)
  let remember (key, text) = if not (Hashtbl.mem texts key) then Hashtbl.replace texts key text in
  List.iter remember t.links;
  let rec follow key hops =
    match (Tree.find t.tree key, Hashtbl.find_opt texts key) with
    | Some (Tree.Value { content = Ok place; _ }), _ -> Some place
    | Some (Tree.Value { content = Error _; _ }), Some text when hops < most_hops ->
        Option.bind (target key text) (fun key -> follow key (hops + 1))
    | _ -> None
  in
  let resolve key _ tree =
    match (Tree.find tree key, follow key 0) with
    | Some (Tree.Value value), Some place when Result.is_error value.content ->
        put tree key value.modified { value with content = Ok place }
    | _ -> tree
  in
  Hashtbl.fold resolve texts t.tree

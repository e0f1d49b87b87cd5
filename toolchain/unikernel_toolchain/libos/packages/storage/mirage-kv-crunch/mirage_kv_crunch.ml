module Tree = Mirage_kv_tree

type error = Mirage_kv.error
type key = Mirage_kv.Key.t

(* Of each dictionary, and of all values, nothing is kept but the one time. *)
type t = (int * int64, string) Tree.t

let pp_error = Mirage_kv.pp_error

let v ~last_modified files =
  let add tree (path, content) =
    match Tree.set tree (Mirage_kv.Key.v path) last_modified content with
    | Ok tree -> tree
    | Error (#Mirage_kv.error) -> invalid_arg ("Mirage_kv_crunch.v: two files at " ^ path)
  in
  List.fold_left add (Tree.empty last_modified) files

let disconnect _ = Lwt.return_unit
let exists t key = Lwt.return_ok (Tree.exists t key)
let get t key = Lwt.return (Tree.value t key)
let list t key = Lwt.return (Tree.list t key)

let digest t key = Lwt.return (Tree.digest Mirage_kv_digest.value t key)

let last_modified (t : t) key =
  Lwt.return
    (match Tree.exists t key with
     | Some _ -> Ok t.about
     | None -> Error (`Not_found key))

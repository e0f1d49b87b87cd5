module Paths = Set.Make (String)
module Path = Kv_block_path
module Write = Kv_block_write

type t = {
  mutable touched : Paths.t;
  mutable is_overtaken : bool;
  mutable is_over : bool;
  mutable operations : Write.operation list;  (** the last one first *)
}

let v () = { touched = Paths.empty; is_overtaken = false; is_over = false; operations = [] }
let close t = t.is_over <- true
let touch t path = t.touched <- Paths.add path t.touched

let add t operation path =
  touch t path;
  t.operations <- operation :: t.operations

(* Whether something touched is at this path, below it, or above it. *)
let concerns t path =
  let below = Paths.find_first_opt (fun it -> String.compare it path >= 0) t.touched in
  let is_above at = at = 0 || path.[at - 1] = '/' in
  let rec above at = at >= 0 && ((is_above at && Paths.mem (String.sub path 0 at) t.touched) || above (at - 1)) in
  (match below with Some it -> it = path || Path.is_below ~path it | None -> false)
  || above (String.length path)

let path_of = function Write.Set (key, _, _) | Remove key -> Path.of_key key

let see_changes t operations =
  let is_concerned = not t.is_overtaken && List.exists (fun it -> concerns t (path_of it)) operations in
  if is_concerned then t.is_overtaken <- true

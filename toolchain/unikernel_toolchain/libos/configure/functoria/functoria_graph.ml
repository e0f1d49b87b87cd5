(* Choices are made from the outside inwards: what a branch that is not taken asks for is not
   looked at. Two devices are one node when their names, keys, inputs and dependencies are equal;
   what has been looked at is found by ImplTbl, so that shared parts are walked once. *)

open Functoria
module Key = Functoria_key
module Origin = Functoria_origin

type device = Device : 'a configurable -> device

type node = { number : int; device : device; inputs : node list; deps : node list }

type t = {
  init : node list;
  root : node;
  jobs : node list;
  nodes : node list;
  conditions : Key.Set.t;
}

type application = {
  first : job impl list;
  last : job impl;
  registered : job impl list;
}

type walk = {
  context : context;
  without : string list;
  seen : node ImplTbl.t;
  mutable made : node list;  (* newest first *)
  mutable asked : Key.Set.t;
}

let name { device = Device it; _ } = it#name
let keys_of { device = Device it; _ } = it#keys

(* {1 Devices} *)

let left_out keys =
  object
    inherit base_configurable
    method ty = job
    method name = "left_out"
    method module_name = "Stdlib"
    method! keys = keys
  end

let is_called device name = name = device#name || name = device#module_name

let rec arity : type a. a typ -> int = function
  | Function (_, result) -> 1 + arity result
  | Type _ -> 0

let check (Device it) inputs =
  let takes = arity it#ty and given = List.length inputs in
  if given < takes then
    let sentence =
      Printf.sprintf
        "%s takes %d device%s and is applied to %d: give the others by $, as in main $ \
         default_time"
        it#module_name takes
        (if takes = 1 then "" else "s")
        given
    in
    raise (Origin.Wrong (Origin.of_device it, sentence))

let same_nodes = List.equal (fun a b -> a.number = b.number)

let is_same (Device it) inputs deps node =
  String.equal it#name (name node)
  && same_nodes inputs node.inputs
  && same_nodes deps node.deps
  && List.equal Key.equal it#keys (keys_of node)

let intern walk device inputs deps =
  match List.find_opt (is_same device inputs deps) walk.made with
  | Some node -> node
  | None ->
      let node = { number = List.length walk.made + 1; device; inputs; deps } in
      walk.made <- node :: walk.made;
      node

(* {1 The walk} *)

let choose walk condition a b =
  walk.asked <- Key.Set.union (Key.deps condition) walk.asked;
  if Key.eval walk.context condition then a else b

let rec node walk it =
  match ImplTbl.find_opt walk.seen it with
  | Some node -> node
  | None ->
      let node = applied walk it [] in
      ImplTbl.replace walk.seen it node;
      node

(* [it], applied to [arguments]. *)
and applied walk (Abstract it) arguments =
  match explode it with
  | `App (f, x) -> applied walk f (x :: arguments)
  | `If (condition, a, b) -> applied walk (Abstract (choose walk condition a b)) arguments
  | `Impl device when List.exists (is_called device) walk.without ->
      intern walk (Device (left_out device#keys)) [] []
  | `Impl device ->
      let inputs = List.map (node walk) arguments in
      let deps = List.map (node walk) device#deps in
      check (Device device) inputs;
      intern walk (Device device) inputs deps

let evaluate context ~without { first; last; registered } =
  let walk =
    { context; without; seen = ImplTbl.create 17; made = []; asked = Key.Set.empty }
  in
  let init = List.map (fun it -> node walk (abstract it)) first in
  let root = node walk (abstract last) in
  let jobs = List.map (fun it -> node walk (abstract it)) registered in
  { init; root; jobs; nodes = List.rev walk.made; conditions = walk.asked }

(* {1 What it needs} *)

let packages context t =
  List.concat_map (fun { device = Device it; _ } -> Key.eval context it#packages) t.nodes

let keys t =
  let of_node set { device = Device it; _ } =
    Key.Set.union (Key.Set.of_list it#keys) (Key.Set.union (Key.deps it#packages) set)
  in
  let keys = List.fold_left of_node t.conditions t.nodes in
  Key.Set.fold (fun key set -> Key.Set.union (Key.aliases key) set) keys keys

(* A type is known by the value in it; that of jobs is one block. *)
let rec gives_job : type a. a typ -> bool = function
  | Function (_, result) -> gives_job result
  | Type _ as it -> Obj.repr it == Obj.repr job

let is_job { device = Device it; _ } = gives_job it#ty

let own_modules t =
  let add names { device = Device it; _ } =
    if Origin.is_own it && not (List.mem it#module_name names) then it#module_name :: names
    else names
  in
  List.rev (List.fold_left add [] t.nodes)

(* {1 The same for the main module} *)

(* Names with a number behind; one that is taken, by a module of the application too, is not
   given again. *)
let fresh taken prefix =
  let rec next number =
    let name = prefix ^ string_of_int number in
    if Hashtbl.mem taken name then next (number + 1) else name
  in
  let name = next 1 in
  Hashtbl.replace taken name ();
  name

let first_component path = List.hd (String.split_on_char '.' path)

let value_prefix name =
  match Functoria_misc.Name.ocamlify name with
  | name -> String.uncapitalize_ascii name
  | exception Invalid_argument _ -> "device"

(* What connects to nothing, with nothing, need not be there when the application runs. *)
let value info (Device it) arguments =
  let connect ~module_name = it#connect info module_name in
  if arguments = [] && connect ~module_name:it#module_name [] = "return ()" then
    Device_graph.Stateless
  else Connected connect

let add_device info jobs taken known ({ device = Device it; number; inputs; deps } as node) =
  let these = List.map (fun { number; _ } -> List.assoc number known) in
  let is_job = List.exists (fun job -> job.number = number) jobs in
  let module_name =
    if inputs = [] then it#module_name else fresh taken (first_component it#module_name)
  in
  let name = fresh taken (value_prefix it#name) in
  let arguments = these (inputs @ deps) in
  let made =
    {
      Device_graph.number;
      name;
      label = name;
      own = is_job;
      ends = is_job;
      implementation = it#module_name;
      module_name;
      parameters = these inputs;
      arguments;
      keys = List.map Key.name (keys_of node);
      value = value info node.device arguments;
    }
  in
  (number, made) :: known

let to_devices info t =
  let taken = Hashtbl.create 17 in
  let take { device = Device it; _ } =
    Hashtbl.replace taken (first_component it#module_name) ()
  in
  List.iter take t.nodes;
  List.rev_map snd (List.fold_left (add_device info t.jobs taken) [] t.nodes)

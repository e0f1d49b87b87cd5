(* A value is what computes it from a context, with the keys that this looks at. A context maps
   keys, by their number, to values of their type: two keys of a name are two keys here, and the
   set, which is of names, refuses to hold both. *)

module Misc = Functoria_misc
module Origin = Functoria_origin

module Arg = Functoria_key_arg

(* {1 Values of any type} *)

type univ = ..

type 'a witness = { inject : 'a -> univ; project : univ -> 'a option }

let witness (type a) () =
  let module M = struct
    type univ += Value of a
  end in
  {
    inject = (fun value -> M.Value value);
    project = (function M.Value value -> Some value | _ -> None);
  }

module Int_map = Map.Make (Int)

type 'a key = {
  number : int;
  key_name : string;
  arg : 'a Arg.t;
  witness : 'a witness;
  setters : 'a setter list;
  place : string option;  (* in config.ml, None for MirageOS's own *)
}

and 'a setter = Setter : 'b key * ('a -> 'b option) -> 'a setter

type t = Any : 'a key -> t
type any = t

let name (Any key) = key.key_name
let number (Any key) = key.number
let equal a b = number a = number b
let compare a b = Stdlib.compare (name a, number a) (name b, number b)
let place (Any key) = key.place

(* Of two keys that do not go together, what config.ml has said last is to be mended. *)
let refuse a b sentence =
  let newest_first = List.sort (fun a b -> Stdlib.compare (number b) (number a)) [ a; b ] in
  match List.find_map place newest_first with
  | Some place -> raise (Origin.Wrong (Some place, sentence))
  | None -> invalid_arg sentence

let pp = Fmt.using name Fmt.string

module Set = struct
  module By_name = Set.Make (struct
      type t = any

      let compare a b = String.compare (name a) (name b)
    end)

  include By_name

  let add key set =
    match find_opt key set with
    | None -> add key set
    | Some other when number other = number key -> set
    | Some other ->
        refuse key other
          (Printf.sprintf
             "Duplicate key name: %S. The keys of an application have different names, and other \
              ones than MirageOS's own; those of several devices of a kind have a group each, as \
              in netif ~group:\"second\""
             (name key))

  let union a b = fold add a b
  let of_list keys = List.fold_left (fun set key -> add key set) empty keys
  let pp element = Fmt.braces (Fmt.iter ~sep:Fmt.comma iter element)
end

type context = univ Int_map.t
type +'a value = { deps : Set.t; compute : context -> 'a }

let empty_context = Int_map.empty
let merge_context ~default context = Int_map.union (fun _ _ it -> Some it) default context

let add_to_context key value context =
  Int_map.add key.number (key.witness.inject value) context

let find context key = Option.bind (Int_map.find_opt key.number context) key.witness.project

let get : type a. context -> a key -> a =
  fun context key ->
  match (find context key, key.arg.kind) with
  | Some value, _ -> value
  | None, Opt (_, default) -> default
  | None, Required _ -> None
  | None, Flag -> false

let pure value = { deps = Set.empty; compute = (fun _ -> value) }

let ( $ ) f x =
  { deps = Set.union f.deps x.deps; compute = (fun context -> f.compute context (x.compute context)) }

let map f x = { x with compute = (fun context -> f (x.compute context)) }
let if_ condition a b = map (fun it -> if it then a else b) condition
let match_ value f = map f value
let eval context value = value.compute context
let default value = eval empty_context value

(* {1 Keys} *)

let last_number = ref 0

let key name arg setters =
  ignore (Misc.Name.value name);
  incr last_number;
  let place = Origin.here () in
  { number = !last_number; key_name = name; arg; witness = witness (); setters; place }

let create name arg = key name arg []
let abstract key = Any key

let aliases (Any key) =
  Set.of_list (List.map (fun (Setter (key, _)) -> Any key) key.setters)

(* An alias's value may come from no command line but those of the keys it sets. *)
let value key = { deps = Set.add (Any key) (aliases (Any key)); compute = (fun context -> get context key) }
let of_deps deps = { deps; compute = ignore }
let deps value = value.deps
let pp_deps ppf value = Set.pp pp ppf value.deps
let stage (Any key) = key.arg.stage

let is_flag (Any key) =
  let is (type a) (arg : a Arg.t) = match arg.kind with Flag -> true | Opt _ | Required _ -> false in
  is key.arg

let is_runtime key = stage key <> `Configure
let is_configure key = stage key <> `Run

let filter_stage = function
  | `Both -> Fun.id
  | `Configure -> Set.filter is_configure
  | `Run -> Set.filter is_runtime

module Alias = struct
  type 'a t = { arg : 'a Arg.t; setters : 'a setter list }

  let add key f alias = { alias with setters = alias.setters @ [ Setter (key, f) ] }
  let flag info = { arg = Arg.flag ~stage:`Configure info; setters = [] }
end

let alias name { Alias.arg; setters } = key name arg setters

let set_by_alias key value context =
  let set context (Setter (other, f)) =
    match (find context other, f value) with
    | None, Some given -> add_to_context other given context
    | _ -> context
  in
  List.fold_left set context key.setters

let apply_aliases keys context =
  let apply (Any key) given =
    Option.fold ~none:given ~some:(fun value -> set_by_alias key value given) (find context key)
  in
  Set.fold apply keys context

(* {1 On the command line} *)

let context ?(stage = `Both) ~with_required keys =
  let keys = filter_stage stage keys in
  let add (Any key) contexts =
    let add given context =
      Option.fold given ~none:context ~some:(fun value -> add_to_context key value context)
    in
    Cmdliner.Term.(const add $ Functoria_key_term.make ~name:key.key_name ~with_required key.arg $ contexts)
  in
  Cmdliner.Term.(
    const (apply_aliases keys) $ Set.fold add keys (const empty_context))

let mem context value = Set.for_all (fun key -> Int_map.mem (number key) context) value.deps
let peek context value = if mem context value then Some (eval context value) else None

(* {1 As text} *)

let pps context =
  let pp ppf (Any key) = Fmt.pf ppf "%s=%a" key.key_name (Functoria_key_text.value key.arg) (get context key) in
  Set.pp pp

let dump_context ppf context = Fmt.pf ppf "%d keys" (Int_map.cardinal context)
let module_name = "Key_gen"
let ocaml_name key = Misc.Name.ocamlify (name key)
let serialize_call ppf key = Fmt.pf ppf "(%s.%s ())" module_name (ocaml_name key)

let serialize context ppf (Any key) =
  Functoria_key_text.definition key.arg ~name:key.key_name ppf (get context key)

type description = {
  stage : Arg.stage;
  printed : string;
  doc : string;
  section : string;
  flags : string list;
  operand : [ `None | `Has_default | `Required ];
  operand_name : string;
  variable : string option;
}

let operand : type a. a Arg.kind -> _ = function
  | Flag -> `None
  | Opt _ -> `Has_default
  | Required _ -> `Required

let describe context (Any key) =
  let { Arg.docs; docv; doc; env; _ } = key.arg.info in
  {
    stage = key.arg.stage;
    printed = Fmt.str "%a" (Functoria_key_text.value key.arg) (get context key);
    section = docs;
    doc = Option.value doc ~default:"";
    flags = Arg.flags key.arg.info;
    operand = operand key.arg.kind;
    operand_name = Option.value docv ~default:"VAL";
    variable = env;
  }

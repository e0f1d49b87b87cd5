(* A value is what computes it from a context, with the keys that this looks at. A context maps
   keys, by their number, to values of their type: two keys of a name are two keys here, and the
   set, which is of names, refuses to hold both. *)

module Misc = Functoria_misc

module Arg = struct
  type 'a serialize = Format.formatter -> 'a -> unit
  type 'a runtime_conv = string

  type 'a converter = {
    conv : 'a Cmdliner.Arg.conv;
    serialize : 'a serialize;
    runtime_conv : string;
    expected : string option;  (* what a value must be, where its parser is not ours *)
  }

  let conv ~conv ~serialize ~runtime_conv = { conv; serialize; runtime_conv; expected = None }

  let basic conv serialize name expected =
    { conv; serialize; runtime_conv = "Cmdliner.Arg." ^ name; expected }

  let string = basic Cmdliner.Arg.string (Fmt.fmt "%S") "string" None
  let bool = basic Cmdliner.Arg.bool Fmt.bool "bool" (Some "true or false")
  let int = basic Cmdliner.Arg.int (Fmt.fmt "(%d)") "int" (Some "an integer")

  let list element =
    {
      conv = Cmdliner.Arg.list element.conv;
      serialize = Fmt.(brackets (list ~sep:(any ";@ ") element.serialize));
      runtime_conv = Printf.sprintf "(Cmdliner.Arg.list %s)" element.runtime_conv;
      expected =
        Option.map
          (Printf.sprintf "values with commas between them, each of them %s")
          element.expected;
    }

  let some inner =
    let serialize ppf = function
      | None -> Fmt.string ppf "None"
      | Some value -> Fmt.pf ppf "(Some (%a))" inner.serialize value
    in
    {
      conv = Cmdliner.Arg.some inner.conv;
      serialize;
      runtime_conv = Printf.sprintf "(Cmdliner.Arg.some %s)" inner.runtime_conv;
      expected = inner.expected;
    }

  type info = {
    docs : string;
    docv : string option;
    doc : string option;
    env : string option;
    names : string list;
  }

  let default_section = "APPLICATION OPTIONS"

  let info ?(docs = default_section) ?docv ?doc ?env names =
    if names = [] then invalid_arg "Key.Arg.info: a key has at least one name to be given by";
    { docs; docv; doc; env; names }

  type stage = [ `Configure | `Run | `Both ]

  type 'a kind =
    | Opt : 'a converter * 'a -> 'a kind
    | Required : 'a converter -> 'a option kind
    | Flag : bool kind

  type 'a t = { stage : stage; info : info; kind : 'a kind }

  let opt ?(stage = `Both) converter default info =
    { stage; info; kind = Opt (converter, default) }

  let required ?(stage = `Both) converter info = { stage; info; kind = Required converter }
  let flag ?(stage = `Both) info = { stage; info; kind = Flag }
  let flags info = List.map (fun n -> (if String.length n = 1 then "-" else "--") ^ n) info.names
end

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
}

and 'a setter = Setter : 'b key * ('a -> 'b option) -> 'a setter

type t = Any : 'a key -> t
type any = t

let name (Any key) = key.key_name
let number (Any key) = key.number
let equal a b = number a = number b
let compare a b = Stdlib.compare (name a, number a) (name b, number b)
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
    | Some _ -> invalid_arg (Printf.sprintf "Duplicate key name: %S" (name key))

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
  ignore (Misc.Name.ocamlify name);
  incr last_number;
  { number = !last_number; key_name = name; arg; witness = witness (); setters }

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

let refuse format = Printf.ksprintf (fun text -> raise (Misc.Refused text)) format
let named_by (info : Arg.info) =
  let variable = Option.map (Printf.sprintf "the variable %s") info.env in
  String.concat ", " (Arg.flags info @ Option.to_list variable)

let cmdliner_info (info : Arg.info) =
  let env = Option.map (fun name -> Cmdliner.Cmd.Env.info name) info.env in
  Cmdliner.Arg.info ~docs:info.docs ?docv:info.docv ?doc:info.doc ?env info.names

(* Cmdliner sees values that are always right, so that what is said about wrong ones is ours. *)
type 'a typed = Typed of string | Default of 'a

let typed (converter : 'a Arg.converter) =
  let parse text = Ok (Typed text) in
  let print ppf = function
    | Typed text -> Fmt.string ppf text
    | Default value -> Cmdliner.Arg.conv_printer converter.conv ppf value
  in
  Cmdliner.Arg.conv ~docv:(Cmdliner.Arg.conv_docv converter.conv) (parse, print)

let read key (converter : 'a Arg.converter) text =
  match Cmdliner.Arg.conv_parser converter.conv text with
  | Ok value -> value
  | Error (`Msg said) ->
      let must = Option.map (Printf.sprintf "it must be %s") converter.expected in
      refuse "The key %s (%s) cannot be %S: %s." key.key_name (named_by key.arg.info) text
        (Option.value must ~default:said)

let required key =
  refuse "The key %s has no default, and it is not given: add %s VALUE." key.key_name
    (List.hd (List.rev (Arg.flags key.arg.info)))

let is_of_configure_alone key = key.arg.stage = `Configure

(* What was given, if anything was. *)
let term : type a. required:bool -> a key -> a option Cmdliner.Term.t =
  fun ~required:with_required key ->
  let about = cmdliner_info key.arg.info in
  let open Cmdliner in
  let read_as f argument = Term.(const f $ Arg.value argument) in
  match key.arg.kind with
  | Flag -> read_as (fun given -> if given then Some true else None) (Arg.flag about)
  | Opt (converter, default) ->
      let given = function Typed text -> Some (read key converter text) | Default _ -> None in
      read_as given (Arg.opt (typed converter) (Default default) about)
  | Required converter ->
      let given = function
        | Some text -> Some (Some (read key converter text))
        | None when with_required && is_of_configure_alone key -> required key
        | None -> None
      in
      read_as given Arg.(opt (some string) None about)

let context ?(stage = `Both) ~with_required keys =
  let keys = filter_stage stage keys in
  let add (Any key) contexts =
    let add given context =
      Option.fold given ~none:context ~some:(fun value -> add_to_context key value context)
    in
    Cmdliner.Term.(const add $ term ~required:with_required key $ contexts)
  in
  Cmdliner.Term.(
    const (apply_aliases keys) $ Set.fold add keys (const empty_context))

let mem context value = Set.for_all (fun key -> Int_map.mem (number key) context) value.deps
let peek context value = if mem context value then Some (eval context value) else None

(* {1 As text} *)

let print_value : type a. context -> a key Fmt.t =
  fun context ppf key ->
  match key.arg.kind with
  | Flag -> Fmt.bool ppf (get context key)
  | Opt (converter, _) -> Cmdliner.Arg.conv_printer converter.conv ppf (get context key)
  | Required converter ->
      Fmt.option (Cmdliner.Arg.conv_printer converter.conv) ppf (get context key)

let pps context =
  let pp ppf (Any key) = Fmt.pf ppf "%s=%a" key.key_name (print_value context) key in
  Set.pp pp

let dump_context ppf context = Fmt.pf ppf "%d keys" (Int_map.cardinal context)
let module_name = "Key_gen"
let ocaml_name key = Misc.Name.ocamlify (name key)
let serialize_call ppf key = Fmt.pf ppf "(%s.%s ())" module_name (ocaml_name key)

let boot_info ppf ({ docs; docv; doc; env; names } : Arg.info) =
  let label name ppf text = Fmt.pf ppf " ~%s:%S" name text in
  let section = if docs = Arg.default_section then None else Some docs in
  Fmt.pf ppf "(Boot_keys.info%a%a%a%a [%a])"
    (Fmt.option (label "docs")) section
    (Fmt.option (label "docv")) docv
    (Fmt.option (label "doc")) doc
    (Fmt.option (label "env")) env
    Fmt.(list ~sep:(any "; ") (fmt "%S"))
    names

let boot_converter (converter : _ Arg.converter) = Boot_converter.of_runtime converter.runtime_conv

(* The expression that declares a key which is read at boot. *)
let declaration : type a. context -> a key Fmt.t =
  fun context ppf key ->
  let info = key.arg.info in
  match key.arg.kind with
  | Flag -> Fmt.pf ppf "Boot_keys.flag %a" boot_info info
  | Opt (converter, _) ->
      Fmt.pf ppf "Boot_keys.opt %s %a %a" (boot_converter converter)
        (Fmt.parens converter.serialize) (get context key) boot_info info
  | Required converter ->
      let default ppf = Fmt.pf ppf " ~default:(%a)" converter.serialize in
      Fmt.pf ppf "Boot_keys.required %s%a %a" (boot_converter converter)
        (Fmt.option default) (get context key) boot_info info

(* A flag that was given when the application was configured is its default at boot. *)
let reading : type a. context -> a key -> string =
  fun context key ->
  match key.arg.kind with
  | Flag when get context key ->
      "let given = Boot_keys.get key in\n    if Boot_keys.is_given key then given else true"
  | _ -> "Boot_keys.get key"

let constant : type a. context -> a key Fmt.t =
  fun context ppf key ->
  match (key.arg.kind, get context key) with
  | Flag, value -> Fmt.bool ppf value
  | Opt (converter, _), value -> converter.serialize ppf value
  | Required converter, Some value -> converter.serialize ppf value
  | Required _, None -> required key

let serialize context ppf (Any key as any) =
  let name = ocaml_name any in
  if is_runtime any then
    Fmt.pf ppf "let %s =\n  let key =\n    %a\n  in\n  fun () ->\n    %s\n" name
      (declaration context) key (reading context key)
  else Fmt.pf ppf "let %s () = %a\n" name (constant context) key

type description = {
  stage : Arg.stage;
  printed : string;
  doc : string;
  flags : string list;
  boot_converter : string option;
}

let converter_of : type a. a key -> string option =
  fun key ->
  match key.arg.kind with
  | Flag -> None
  | Opt (converter, _) -> Some (boot_converter converter)
  | Required converter -> Some (boot_converter converter)

let describe context (Any key) =
  {
    stage = key.arg.stage;
    printed = Fmt.str "%a" (print_value context) key;
    doc = Option.value key.arg.info.doc ~default:"";
    flags = Arg.flags key.arg.info;
    boot_converter = (if is_of_configure_alone key then None else converter_of key);
  }

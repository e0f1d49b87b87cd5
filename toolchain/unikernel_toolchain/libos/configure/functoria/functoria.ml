(* An implementation is a device, one applied to another, or a choice by a key. Which one a choice
   is, is asked when keys have values; until then all of them are there. *)

module Key = Functoria_key
module Misc = Functoria_misc
module Origin = Functoria_origin
module Package = Functoria_package
module Strings = Astring.String.Set

type _ typ =
  | Type : 'a -> 'a typ
  | Function : 'b typ * 'c typ -> ('b -> 'c) typ

let typ it = Type it
let ( @-> ) parameter result = Function (parameter, result)

type job = Job

let job = Type Job

type key = Key.t
type context = Key.context
type 'a value = 'a Key.value

module type KEY =
  module type of Functoria_key
  with type 'a Arg.converter = 'a Functoria_key.Arg.converter
   and type 'a Arg.t = 'a Functoria_key.Arg.t
   and type Arg.info = Functoria_key.Arg.info
   and type 'a value = 'a Functoria_key.value
   and type 'a key = 'a Functoria_key.key
   and type t = Functoria_key.t
   and type Set.t = Functoria_key.Set.t
   and type 'a Alias.t = 'a Functoria_key.Alias.t
   and type context = Functoria_key.context
   and type description = Functoria_key.description

type package = Package.t = private {
  opam : string;
  pin : string option;
  build : bool;
  ocamlfind : Strings.t;
  min : Strings.t;
  max : Strings.t;
}

let package = Package.make

module Info = struct
  type t = {
    name : string;
    output : string option;
    build_dir : Fpath.t;
    packages : package list;
    keys : key list;
    context : context;
  }

  let name t = t.name
  let output t = t.output
  let with_output t output = { t with output = Some output }
  let build_dir t = t.build_dir
  let packages t = t.packages
  let libraries t = Package.libraries t.packages
  let package_names t = List.map (fun package -> package.opam) t.packages
  let keys t = t.keys
  let context t = t.context

  let create ~packages ~keys ~context ~name ~build_dir =
    { name; output = None; build_dir; packages = Package.merge packages; keys; context }

  let words = Fmt.(list ~sep:(any ", ") string)

  let pp verbose ppf t =
    Fmt.pf ppf "@[<v>Name       %s@,Keys       %a" t.name (Key.pps t.context)
      (Key.Set.of_list t.keys);
    if verbose then
      Fmt.pf ppf "@,Libraries  %a@,Packages   %a" words (libraries t) words (package_names t);
    Fmt.pf ppf "@]"

  let dependency ppf { opam; build; min; max; _ } =
    let bounds sign set = List.map (Printf.sprintf "%s %S" sign) (Strings.elements set) in
    let conditions = (if build then [ "build" ] else []) @ bounds ">=" min @ bounds "<" max in
    match conditions with
    | [] -> Fmt.pf ppf "%S" opam
    | _ -> Fmt.pf ppf "%S { %s }" opam (String.concat " & " conditions)

  let opam ?name ppf t =
    let name = Option.value name ~default:t.name in
    let dependencies = Fmt.(list ~sep:(any "@,  ") dependency) in
    let pins = List.filter_map (fun p -> Option.map (fun pin -> (p.opam, pin)) p.pin) t.packages in
    let pinned ppf (opam, pin) = Fmt.pf ppf "[%S %S]" (opam ^ ".dev") pin in
    Fmt.pf ppf "@[<v>opam-version: \"2.0\"@,name: %S@,depends: [@,  %a@,]" name dependencies
      t.packages;
    if pins <> [] then
      Fmt.pf ppf "@,pin-depends: [@,  %a@,]" Fmt.(list ~sep:(any "@,  ") pinned) pins;
    Fmt.pf ppf "@]"
end

(* The same type of objects as the class type below, which no type may be recursive with. *)
type 'ty device =
  < ty : 'ty typ
  ; name : string
  ; module_name : string
  ; packages : package list value
  ; connect : Info.t -> string -> string list -> string
  ; configure : Info.t -> (unit, Rresult.R.msg) result
  ; build : Info.t -> (unit, Rresult.R.msg) result
  ; clean : Info.t -> (unit, Rresult.R.msg) result
  ; keys : key list
  ; deps : abstract_impl list >

and abstract_impl = Abstract : _ impl -> abstract_impl

and 'a impl = { number : int; hash : int Lazy.t; what : 'a what }

and _ what =
  | Impl : 'a device -> 'a what
  | App : ('a -> 'b) impl * 'a impl -> 'b what
  | If : bool value * 'a impl * 'a impl -> 'a what

class type ['ty] configurable =
  object
    method ty : 'ty typ
    method name : string
    method module_name : string
    method packages : package list value
    method connect : Info.t -> string -> string list -> string
    method configure : Info.t -> (unit, Rresult.R.msg) result
    method build : Info.t -> (unit, Rresult.R.msg) result
    method clean : Info.t -> (unit, Rresult.R.msg) result
    method keys : key list
    method deps : abstract_impl list
  end

let abstract it = Abstract it
let last_number = ref 0

(* Parts are shared: each is hashed once. *)
let rec hash_of : type a. a what -> int = function
  | Impl device ->
      Hashtbl.hash (device#name, List.map Key.name device#keys, List.map hash_any device#deps)
  | App (f, x) -> Hashtbl.hash (0, hash f, hash x)
  | If (_, a, b) -> Hashtbl.hash (1, hash a, hash b)

and hash : type a. a impl -> int = fun it -> Lazy.force it.hash
and hash_any (Abstract it) = hash it

let make what =
  incr last_number;
  { number = !last_number; hash = lazy (hash_of what); what }

let ( $ ) f x = make (App (f, x))
let if_impl condition a b = make (If (condition, a, b))

let match_impl value ~default cases =
  let choose (case, it) rest = if_impl (Key.map (( = ) case) value) it rest in
  List.fold_right choose cases default

let impl (device : _ configurable) =
  Origin.remember device;
  make (Impl device)

class base_configurable =
  object
    method packages : package list value = Key.pure []
    method keys : key list = []

    method connect (_ : Info.t) (_ : string) arguments =
      Printf.sprintf "return (%s)" (String.concat ", " arguments)

    method configure (_ : Info.t) : (unit, Rresult.R.msg) result = Ok ()
    method build (_ : Info.t) : (unit, Rresult.R.msg) result = Ok ()
    method clean (_ : Info.t) : (unit, Rresult.R.msg) result = Ok ()
    method deps : abstract_impl list = []
  end

(* A path of modules; whoever writes an expression of modules knows what it is. *)
let check_module name =
  let is_capital component = component <> "" && component.[0] >= 'A' && component.[0] <= 'Z' in
  let is_path = List.for_all is_capital (String.split_on_char '.' name) in
  if not (is_path && (String.contains name '(' || not (String.contains name ' '))) then
    Printf.ksprintf invalid_arg
      "foreign %S: this is no module's name. That of the functor Main in unikernel.ml is \
       Unikernel.Main"
      name

class ['ty] foreign ?(packages = []) ?(keys = []) ?(deps = []) module_name ty =
  let () = check_module module_name in
  let name = Misc.Name.create module_name ~prefix:"f" in
  object (self)
    inherit base_configurable
    method ty : 'ty typ = ty
    method name = name
    method module_name = module_name
    method! packages = Key.pure packages
    method! keys = keys
    method! deps = deps

    method! connect _ instance arguments =
      String.concat " " ((instance ^ ".start") :: arguments)

    initializer Origin.remember_own self
  end

let foreign ?packages ?keys ?deps module_name ty =
  impl (new foreign ?packages ?keys ?deps module_name ty)

let main = foreign

let explode it =
  match it.what with
  | Impl device -> `Impl device
  | App (f, x) -> `App (Abstract f, Abstract x)
  | If (condition, a, b) -> `If (condition, a, b)

(* Pairs that were compared: parts that are shared are not compared on every way to them. *)
let compared : (int * int, bool) Hashtbl.t = Hashtbl.create 17

let rec equal_any (Abstract a) (Abstract b) = same a b

and same : type a b. a impl -> b impl -> bool =
  fun a b -> a.number = b.number || (hash a = hash b && same_pair a b)

and same_pair : type a b. a impl -> b impl -> bool =
  fun a b ->
  match Hashtbl.find_opt compared (a.number, b.number) with
  | Some known -> known
  | None ->
      let found = same_parts a.what b.what in
      Hashtbl.replace compared (a.number, b.number) found;
      found

and same_parts : type a b. a what -> b what -> bool =
  fun a b ->
  match (a, b) with
  | Impl a, Impl b ->
      Oo.id a = Oo.id b
      || String.equal a#name b#name
         && List.equal Key.equal a#keys b#keys
         && List.equal equal_any a#deps b#deps
  | App (f, x), App (g, y) -> same f g && same x y
  | If (c, a, b), If (d, e, f) -> c == d && same a e && same b f
  | _ -> false

let equal a b = same a b

module ImplTbl = Hashtbl.Make (struct
    type t = abstract_impl

    let equal = equal_any
    let hash = hash_any
  end)

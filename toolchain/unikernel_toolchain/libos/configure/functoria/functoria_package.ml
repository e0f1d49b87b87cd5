module Set = Astring.String.Set
module Map = Astring.String.Map

type t = {
  opam : string;
  pin : string option;
  build : bool;
  ocamlfind : Set.t;
  min : Set.t;
  max : Set.t;
}

let of_option option = Set.of_list (Option.to_list option)

let libraries_of opam = function
  | None, None -> [ opam ]
  | Some sub, None -> opam :: List.map (Printf.sprintf "%s.%s" opam) sub
  | None, Some names -> names
  | Some _, Some _ ->
      let say = Printf.ksprintf invalid_arg in
      say "package %S is given both sublibs and ocamlfind: name all its libraries in ocamlfind" opam

let make ?(build = false) ?sublibs ?ocamlfind ?min ?max ?pin opam =
  let bound it = if pin = None then of_option it else Set.empty in
  let ocamlfind = Set.of_list (libraries_of opam (sublibs, ocamlfind)) in
  { opam; pin; build; ocamlfind; min = bound min; max = bound max }

let one_pin opam a b =
  match (a, b) with
  | None, it | it, None -> it
  | Some x, Some y when String.equal x y -> a
  | Some x, Some y ->
      let say = Printf.ksprintf invalid_arg in
      say "package %S is pinned to %s and to %s: it can be one of them only" opam x y

let linked t = if t.build then Set.empty else t.ocamlfind

let both a b =
  let pin = one_pin a.opam a.pin b.pin and build = a.build && b.build in
  let bounds of_one = if pin = None then Set.union (of_one a) (of_one b) else Set.empty in
  {
    opam = a.opam;
    pin;
    build;
    ocamlfind =
      (if build then Set.union a.ocamlfind b.ocamlfind else Set.union (linked a) (linked b));
    min = bounds (fun t -> t.min);
    max = bounds (fun t -> t.max);
  }

let merge packages =
  let add map t =
    let merged = Option.fold ~none:t ~some:(fun other -> both other t) (Map.find t.opam map) in
    Map.add t.opam merged map
  in
  List.map snd (Map.bindings (List.fold_left add Map.empty packages))

let libraries packages =
  Set.elements (List.fold_left (fun set t -> Set.union set (linked t)) Set.empty packages)

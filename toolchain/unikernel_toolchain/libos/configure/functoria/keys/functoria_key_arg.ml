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
let print_int ppf number = Fmt.pf ppf (if number < 0 then "(%d)" else "%d") number
let int = basic Cmdliner.Arg.int print_int "int" (Some "an integer")

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

(* Cmdliner takes any text, and then no word of a command line is this option, or another one
   than is meant. *)
let check_name seen name =
  let say = Printf.ksprintf invalid_arg in
  if name = "" || name.[0] = '-' || String.contains name '=' then
    say "Key.Arg.info: %S names no option: write it without dashes before it, and without =" name;
  if List.mem name seen then say "Key.Arg.info: the option %S is named twice" name;
  name :: seen

let info ?(docs = default_section) ?docv ?doc ?env names =
  if names = [] then invalid_arg "Key.Arg.info: a key has at least one name to be given by";
  ignore (List.fold_left check_name [] names);
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

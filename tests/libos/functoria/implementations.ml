(* Which implementations are equal, what they are made of, and what packages ask for together. *)

open Functoria

let check what condition = if not condition then failwith what

let raises what affix f =
  match f () with
  | _ -> failwith (what ^ ": nothing was raised")
  | exception Invalid_argument said -> check said (Astring.String.is_infix ~affix said)

type store = Store

let store = Type Store

let device ?(keys = []) ?(deps = []) name =
  impl
    (object
      inherit base_configurable
      method ty = store
      method name = name
      method module_name = "Store"
      method! keys = keys
      method! deps = deps
    end)

let flag name =
  let module Arg = Functoria_key.Arg in
  Functoria_key.create name (Arg.flag (Arg.info [ name ]))

(* {1 Equality} *)

let () =
  check "one name" (equal (device "a") (device "a"));
  check "their hashes" (hash (device "a") = hash (device "a"));
  check "two names" (not (equal (device "a") (device "b")));
  let key = Functoria_key.abstract (flag "k") in
  check "a key" (equal (device ~keys:[ key ] "a") (device ~keys:[ key ] "a"));
  let other = Functoria_key.abstract (flag "k") in
  check "another key" (not (equal (device ~keys:[ key ] "a") (device ~keys:[ other ] "a")));
  check "a dependency" (not (equal (device ~deps:[ abstract (device "b") ] "a") (device "a")));
  let f () = foreign "Unikernel.Main" (store @-> job) in
  check "modules" (equal (f ()) (f ()));
  check "applied" (equal (f () $ device "a") (f () $ device "a"));
  check "applied to others" (not (equal (f () $ device "a") (f () $ device "b")))

let () =
  let table = ImplTbl.create 1 in
  ImplTbl.replace table (abstract (device "a")) 1;
  ImplTbl.replace table (abstract (device "a")) 2;
  check "one entry" (ImplTbl.length table = 1 && ImplTbl.find table (abstract (device "a")) = 2)

(* {1 Parts} *)

let () =
  let main = foreign "Unikernel.Main" (store @-> job) in
  (match explode (main $ device "a") with
   | `App (Abstract f, Abstract x) ->
       check "App" (hash f = hash main && hash x = hash (device "a"))
   | `If _ | `Impl _ -> failwith "no application");
  let key = flag "choose" in
  let choose = Functoria_key.value key in
  (match explode (if_impl choose (device "a") (device "b")) with
   | `If (_, a, b) -> check "If" (equal a (device "a") && equal b (device "b"))
   | `App _ | `Impl _ -> failwith "no choice");
  match explode (device "a") with
  | `Impl it -> check "Impl" (it#name = "a" && it#module_name = "Store")
  | `App _ | `If _ -> failwith "no device"

(* What is shared is looked at once: there are a thousand levels, each of which asks twice for the
   one below. *)
let () =
  let rec tower n =
    if n = 0 then device "ground"
    else
      let below = abstract (tower (n - 1)) in
      device ~deps:[ below; below ] (string_of_int n)
  in
  check "a tower" (hash (tower 1000) = hash (tower 1000));
  check "its equal" (equal (tower 1000) (tower 1000))

let info packages =
  Info.create ~packages ~keys:[] ~context:Functoria_key.empty_context ~name:"x"
    ~build_dir:(Fpath.v ".")

(* {1 The classes} *)

let () =
  let it = new base_configurable in
  let info = info [] in
  check "connect" (it#connect info "M" [] = "return ()");
  check "connect arguments" (it#connect info "M" [ "a"; "b" ] = "return (a, b)");
  check "nothing to do" (it#configure info = Ok () && it#build info = Ok () && it#clean info = Ok ());
  let main = new foreign "Unikernel.Main" (store @-> job) in
  check "start" (main#connect info "Unikernel1" [ "a"; "b" ] = "Unikernel1.start a b");
  check "no argument" (main#connect info "Unikernel" [] = "Unikernel.start")

(* {1 Packages} *)

let set = Astring.String.Set.of_list
let libraries packages = Info.libraries (info packages)

let () =
  let p = package "p" in
  check "itself" (Astring.String.Set.equal p.ocamlfind (set [ "p" ]) && not p.build);
  check "sublibs" (libraries [ package "p" ~sublibs:[ "x"; "y" ] ] = [ "p"; "p.x"; "p.y" ]);
  check "ocamlfind" (libraries [ package "p" ~ocamlfind:[ "q.z" ] ] = [ "q.z" ]);
  check "none" (libraries [ package "p" ~ocamlfind:[] ] = []);
  check "build" (libraries [ package "p" ~build:true; package "q" ] = [ "q" ]);
  check "built and linked" (libraries [ package "p" ~build:true; package "p" ] = [ "p" ]);
  raises "both" "sublibs and ocamlfind" (fun () -> package "p" ~sublibs:[] ~ocamlfind:[]);
  (match
     Info.packages
       (info [ package "p" ~min:"1.0" ~sublibs:[ "a" ]; package "p" ~min:"2.0" ~max:"3.0" ])
   with
   | [ p ] ->
       check "min" (Astring.String.Set.equal p.min (set [ "1.0"; "2.0" ]));
       check "max" (Astring.String.Set.equal p.max (set [ "3.0" ]));
       check "merged" (Astring.String.Set.equal p.ocamlfind (set [ "p"; "p.a" ]))
   | _ -> failwith "one package");
  (match Info.packages (info [ package "p" ~pin:"git://x" ~min:"1.0"; package "p" ~max:"2" ]) with
   | [ p ] -> check "pinned" (p.pin = Some "git://x" && Astring.String.Set.is_empty p.max)
   | _ -> failwith "one pinned package");
  raises "two pins" "pinned to a and to b" (fun () ->
      info [ package "p" ~pin:"a"; package "p" ~pin:"b" ])

(* {1 Names} *)

let () =
  let open Functoria_app.Name in
  check "ocamlify" (ocamlify "my-app.v2" = "my_appv2");
  raises "nothing left" "nothing" (fun () -> ocamlify "...");
  raises "a digit" "digit" (fun () -> ocamlify "2nd");
  let first = create "one" ~prefix:"name_of" in
  check "numbers" (first = "name_of1" && create "two" ~prefix:"name_of" = "name_of2");
  check "the same again" (create "one" ~prefix:"name_of" = first)

(* packages: mirage-kv-mem virtual-network *)

(* Keys, the store in memory, and its batches. *)

open Case
module Key = Mirage_kv.Key

let day = ref 0

module Clock = struct
  let now_d_ps () = (!day, 7L)
  let current_tz_offset_s () = None
  let period_d_ps () = None
end

module Kv = Mirage_kv_mem.Make (Clock)

let now promise =
  match Lwt.state promise with
  | Return value -> value
  | Fail exn -> raise exn
  | Sleep -> failwith "a promise waits"

let store () = now (Kv.connect ())
let v = Key.v
let get t key = now (Kv.get t (v key))
let set t key value = now (Kv.set t (v key) value)
let remove t key = now (Kv.remove t (v key))
let must what answer = if answer <> Ok () then failwith what

let keys () =
  let same what expected key = equal Fun.id what expected (Key.to_string key) in
  same "slashes" "/a/b" (v "//a///b/");
  same "empty" "/" (v "");
  same "add" "/a/b" Key.(v "a" / "b");
  same "append" "/a/b/c" Key.(v "a" // v "b/c");
  same "parent" "/a" (Key.parent (v "a/b"));
  same "parent of the root" "/" Key.(parent empty);
  equal Fun.id "basename" "b" (Key.basename (v "a/b"));
  equal Fun.id "basename of the root" "" Key.(basename empty);
  check "dots are segments" (Key.segments (v "a/../b") = [ "a"; ".."; "b" ]);
  check "what is below follows" (List.sort Key.compare [ v "a!"; v "a/b"; v "a" ] = [ v "a"; v "a/b"; v "a!" ]);
  match Key.add Key.empty "a/b" with
  | exception Invalid_argument _ -> ()
  | _ -> failwith "a segment with a slash"

let values () =
  let t = store () in
  must "set" (set t "a/b/c" "one");
  must "replaced" (set t "a/b/c" "two");
  check "get" (get t "a/b/c" = Ok "two");
  check "missing" (get t "a/x" = Error (`Not_found (v "a/x")));
  check "below a value" (get t "a/b/c/d" = Error (`Not_found (v "a/b/c/d")));
  check "a dictionary" (get t "a" = Error (`Value_expected (v "a")));
  check "set on a dictionary" (set t "a/b" "x" = Error (`Value_expected (v "a/b")));
  check "set below a value" (set t "a/b/c/d" "x" = Error (`Dictionary_expected (v "a/b/c/d")));
  check "set on the root" (set t "" "x" = Error (`Value_expected Key.empty));
  check "exists" (now (Kv.exists t (v "a/b/c")) = Ok (Some `Value));
  check "exists, a dictionary" (now (Kv.exists t (v "a/b")) = Ok (Some `Dictionary));
  check "exists not" (now (Kv.exists t (v "a/b/c/d")) = Ok None);
  must "another" (set t "a/z" "");
  check "list" (now (Kv.list t (v "a")) = Ok [ ("b", `Dictionary); ("z", `Value) ]);
  check "list of a value" (now (Kv.list t (v "a/z")) = Error (`Dictionary_expected (v "a/z")));
  must "a subtree goes" (remove t "a/b");
  check "it is gone" (get t "a/b/c" = Error (`Not_found (v "a/b/c")));
  check "once" (remove t "a/b" = Error (`Not_found (v "a/b")));
  must "all goes" (remove t "");
  check "nothing is left" (now (Kv.list t Key.empty) = Ok [])

let times () =
  day := 1;
  let t = store () in
  let modified key = now (Kv.last_modified t (v key)) in
  must "set" (set t "a/old" "x");
  day := 2;
  must "set" (set t "a/new" "x");
  check "a value's" (modified "a/old" = Ok (1, 7L));
  check "its dictionary's" (modified "a" = Ok (2, 7L));
  day := 3;
  must "replaced" (set t "a/old" "y");
  check "the newest" (modified "a" = Ok (3, 7L));
  check "missing" (modified "b" = Error (`Not_found (v "b")))

let digests () =
  let digest t key = Result.get_ok (now (Kv.digest t (v key))) in
  let a = store () and b = store () in
  must "set" (set a "d/x" "1");
  day := 9;
  must "set" (set b "d/x" "1");
  check "no matter when" (digest a "d" = digest b "d" && Kv.equal a b);
  must "set" (set b "d/y" "");
  check "entries count" (digest a "d" <> digest b "d" && not (Kv.equal a b));
  check "values count" (digest a "d/x" <> digest b "d/y")

let batches () =
  let t = store () in
  let change inner =
    must "in a batch" (now (Kv.set inner (v "a") "1"));
    must "another" (now (Kv.set inner (v "b/c") "2"));
    check "not seen within" (get inner "a" = Error (`Not_found (v "a")));
    check "nor outside" (get t "a" = Error (`Not_found (v "a")));
    check "but in the way" (set inner "b" "x" = Error (`Value_expected (v "b")));
    Lwt.return 5
  in
  check "its answer" (now (Kv.batch t change) = 5);
  check "applied" (get t "a" = Ok "1" && get t "b/c" = Ok "2");
  (match now (Kv.batch t (fun inner -> must "set" (set inner "a" "lost"); Lwt.fail Exit)) with
   | exception Exit -> check "nothing of a failed one" (get t "a" = Ok "1")
   | () -> failwith "an exception is lost")

let conflicts () =
  let t = store () and tries = ref 0 in
  let disturbed until inner =
    incr tries;
    if !tries < until then must "from outside" (set t "other" (string_of_int !tries));
    must "inside" (set inner "mine" (string_of_int !tries));
    Lwt.return_unit
  in
  now (Kv.batch t (disturbed 4));
  check "run again" (!tries = 4 && get t "mine" = Ok "4" && get t "other" = Ok "3");
  tries := 0;
  (match now (Kv.batch t ~retries:2 (disturbed max_int)) with
   | exception Failure _ -> check "given up" (!tries = 3 && get t "mine" = Ok "4")
   | () -> failwith "it cannot have been applied");
  let nested inner =
    Kv.batch inner (fun innermost -> Lwt.return (must "set" (set innermost "deep" "x")))
  in
  now (Kv.batch t nested);
  check "one in another" (get t "deep" = Ok "x")

let () =
  case "keys" keys;
  case "values" values;
  case "times" times;
  case "digests" digests;
  case "batches" batches;
  case "conflicts" conflicts

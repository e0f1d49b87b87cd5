(* Effects: each handler runs its function on a stack of its own, in the heap. *)

open Effect
open Effect.Deep

type _ Effect.t += Ask : int Effect.t

type fiber = Sum of int | Asks of (int, fiber) continuation

let check name passed = if not passed then Printf.printf "FAILED %s\n%!" name

(* A computation that asks once, suspended where it does. *)
let suspended () : fiber =
  match_with (fun () -> Sum (perform Ask)) ()
    { retc = Fun.id;
      exnc = raise;
      effc = (fun (type a) (effect_ : a Effect.t) ->
          match effect_ with
          | Ask -> Some (fun (k : (a, fiber) continuation) -> Asks k)
          | _ -> None) }

let resume sum n = function
  | Asks k -> (match continue k n with Sum n -> sum + n | Asks _ -> assert false)
  | Sum _ -> assert false

let many () =
  let fibers = List.init 100_000 (fun _ -> suspended ()) in
  Printf.printf "alive %d\n%!" (List.length fibers);
  Gc.full_major ();
  let sum, _ = List.fold_left (fun (sum, n) fiber -> (resume sum n fiber, n + 1)) (0, 1) fibers in
  Printf.printf "resumed %d\n%!" sum

let rec deep n = if n = 0 then 0 else 1 + deep (n - 1)
let in_fiber f = match_with f () { retc = Fun.id; exnc = raise; effc = (fun _ -> None) }

let overflows () =
  let one () = in_fiber (fun () -> try deep max_int with Stack_overflow -> 1) in
  Printf.printf "overflows %d\n%!" (one () + one () + one ());
  match in_fiber (fun () -> deep max_int) with
  | (_ : int) -> ()
  | exception Stack_overflow -> print_endline "too deep"

(* Exceptions cross fibers, and a fiber whose continuation is dropped is collected. *)
let exceptions () =
  (match in_fiber (fun () -> in_fiber (fun () -> raise Exit)) with
   | () -> check "raised" false
   | exception Exit -> ());
  (match perform Ask with
   | _ -> check "handled" false
   | exception Unhandled Ask -> ());
  (match suspended () with
   | Asks k ->
       check "discontinued" (match discontinue k Exit with _ -> false | exception Exit -> true);
       check "once" (match continue k 1 with
           | _ -> false
           | exception Continuation_already_resumed -> true)
   | Sum _ -> check "asked" false);
  for _ = 1 to 1000 do ignore (suspended ()) done;
  Gc.full_major ()

(* One processor: what would need another is refused, in words. *)
let alone () =
  check "domains" (Domain.recommended_domain_count () = 1);
  check "spawn" (match Domain.spawn ignore with
      | _ -> false
      | exception Failure why ->
          why = "Domain.spawn: a unikernel has one processor, and so one domain");
  let lock = Mutex.create () in
  Mutex.lock lock;
  check "try_lock" (not (Mutex.try_lock lock));
  check "lock" (match Mutex.lock lock with () -> false | exception Sys_error _ -> true);
  Mutex.unlock lock;
  check "unlock" (match Mutex.unlock lock with () -> false | exception Sys_error _ -> true);
  check "local" (Domain.DLS.get (Domain.DLS.new_key (fun () -> 3)) = 3)

let start () =
  many ();
  overflows ();
  exceptions ();
  alone ();
  print_endline "all passed"

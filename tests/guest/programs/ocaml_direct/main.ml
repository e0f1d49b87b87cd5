(* Direct style and binds side by side, over one loop. *)

open Lwt.Infix

let sleep ms = OS.Time.sleep_ns (Int64.mul 1_000_000L (Int64.of_int ms))
let later ms value = sleep ms >|= fun () -> value

(* An effect of the program's own passes through the handler of Direct. *)
type _ Effect.t += Next : int Effect.t

let counting f =
  let n = ref 0 in
  Effect.Deep.try_with f ()
    { effc = (fun (type a) (effect_ : a Effect.t) ->
          match effect_ with
          | Next ->
              incr n;
              Some (fun (k : (a, _) Effect.Deep.continuation) -> Effect.Deep.continue k !n)
          | _ -> None) }

let direct () =
  let naps = ref 0 in
  for _ = 1 to 3 do Direct.await (sleep 1); incr naps done;
  Printf.printf "slept %d\n%!" !naps;
  let a = Direct.run (fun () -> Direct.await (later 3 3))
  and b = Direct.run (fun () -> Direct.await (later 1 4)) in
  Printf.printf "both %d\n%!" (Direct.await a + Direct.await b);
  (match Direct.await (sleep 1 >>= fun () -> Lwt.fail Exit) with
   | () -> ()
   | exception Exit -> print_endline "caught Exit");
  let one n = Direct.run (fun () -> Direct.await (later (n mod 7) n)) in
  let sum = List.fold_left (fun sum n -> sum + Direct.await n) 0 (List.init 1000 (fun n -> one (n + 1))) in
  Printf.printf "summed %d\n%!" sum;
  counting (fun () ->
      Direct.await (sleep 1);
      assert (Effect.perform Next = 1);
      Direct.await (sleep 1);
      assert (Effect.perform Next = 2))

let start () =
  (match Direct.await (sleep 1) with
   | () -> ()
   | exception Failure why -> Printf.printf "outside: %s\n%!" why);
  Direct.run direct >|= fun () -> print_endline "all ended"

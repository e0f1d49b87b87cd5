(* The main loop: order of timers, pauses, cancellation, devices, hooks. *)
open Lwt.Infix

let failures = ref 0

let check name passed =
  if not passed then (
    incr failures;
    Printf.printf "FAILED %s\n%!" name)

external now_ns : unit -> (int[@untagged]) = "none" "unikernel_clock_monotonic" [@@noalloc]

let ms n = Int64.mul (Int64.of_int n) 1_000_000L
let sleep_ms n = OS.Time.sleep_ns (ms n)

let sleeps_long_enough () =
  let before = now_ns () in
  sleep_ms 20 >|= fun () ->
  let slept_ms = (now_ns () - before) / 1_000_000 in
  check "sleep" (slept_ms >= 20 && slept_ms < 2_000)

(* In the order in which they are due, not begun. A guest that gets no processor between two
   sleeps begins the second late: each is due between what the clock says before and after. *)
let fires_in_order () =
  let fired = ref [] in
  let note n =
    let due () = now_ns () + (n * 1_000_000) in
    let earliest = due () in
    let slept = sleep_ms n in
    let latest = due () in
    slept >|= fun () -> fired := (earliest, latest) :: !fired
  in
  let rec in_order = function
    | (_, latest) :: ((earliest, _) :: _ as before) -> earliest <= latest && in_order before
    | [ _ ] | [] -> true
  in
  Lwt.join (List.map note [ 30; 5; 20; 1; 25; 10; 15 ]) >|= fun () ->
  check "order" (List.length !fired = 7 && in_order !fired)

let holds_many_timers () =
  let fired = ref [] and soon = now_ns () + 50_000_000 in
  let note i =
    let late = i * 7919 mod 500 in
    Os_timers.wait_until (soon + late) >|= fun () -> fired := (late, i) :: !fired
  in
  Lwt.join (List.init 1000 note) >|= fun () ->
  check "many" (List.length !fired = 1000);
  check "order of many" (List.rev !fired = List.sort compare !fired)

let pauses_in_turn () =
  let log = Buffer.create 10 in
  let rec count name n =
    if n = 0 then Lwt.return_unit
    else (
      Buffer.add_char log name;
      Lwt.pause () >>= fun () -> count name (n - 1))
  in
  Lwt.join [ count 'a' 3; count 'b' 3 ] >|= fun () ->
  let round i = List.sort compare [ Buffer.nth log (2 * i); Buffer.nth log ((2 * i) + 1) ] in
  check "pause" (List.for_all (fun i -> round i = [ 'a'; 'b' ]) [ 0; 1; 2 ])

let cancels () =
  let sleepers = List.init 100 (fun i -> sleep_ms (1000 + i)) in
  List.iteri (fun i sleeper -> if i mod 2 = 0 then Lwt.cancel sleeper) sleepers;
  Lwt.pick [ sleep_ms 5; Lwt.join (List.filteri (fun i _ -> i mod 2 = 1) sleepers) ]
  >>= fun () ->
  let canceled p = Lwt.state p = Lwt.Fail Lwt.Canceled in
  check "cancel" (List.for_all canceled sleepers);
  Lwt.return_unit

let reads_sleep_as_unsigned () =
  let for_ever = OS.Time.sleep_ns (-1L) and longest = OS.Time.sleep_ns Int64.max_int in
  Lwt.choose [ OS.Time.sleep_ns 0L; for_ever; longest ] >|= fun () ->
  check "unsigned" (Lwt.is_sleeping for_ever && Lwt.is_sleeping longest);
  Lwt.cancel for_ever;
  Lwt.cancel longest

let refuses_handles () =
  let refused handle =
    match Lwt.state (OS.Main.wait_for_work_on_handle handle) with
    | Lwt.Fail (Invalid_argument _) -> true
    | _ -> false
  in
  check "handles" (refused 63L && refused (-1L) && not (refused 5L));
  Lwt.return_unit

let hooks_run () =
  let entered = ref 0 and left = ref 0 in
  Mirage_runtime.at_enter_iter (fun () -> incr entered);
  Mirage_runtime.at_leave_iter (fun () -> incr left);
  sleep_ms 1 >>= Lwt.pause >|= fun () ->
  check "hooks" (!entered > 0 && !left > 0 && abs (!entered - !left) <= 1)

let memory_adds_up () =
  let { OS.Memory.heap_words; live_words; stack_words; free_words } =
    OS.Memory.quick_stat ()
  in
  check "memory"
    (heap_words = live_words + free_words && live_words > 0 && stack_words > 1000
     && heap_words * 8 < 32 * 1024 * 1024);
  Lwt.return_unit

let say_later text () = sleep_ms 1 >|= fun () -> print_endline text

let start () =
  Mirage_runtime.at_exit (say_later "second exit hook");
  Mirage_runtime.at_exit (fun () -> Lwt.fail_with "swallowed");
  Mirage_runtime.at_exit (say_later "first exit hook");
  Lwt_list.iter_s
    (fun test -> test ())
    [
      sleeps_long_enough; fires_in_order; holds_many_timers; pauses_in_turn; cancels;
      reads_sleep_as_unsigned; refuses_handles; hooks_run; memory_adds_up;
    ]
  >|= fun () -> if !failures = 0 then print_endline "all passed"

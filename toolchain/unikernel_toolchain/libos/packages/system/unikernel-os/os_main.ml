(* The loop around Lwt: run what is ready, wake timers, and wait in the platform for a
   device or the next deadline. What was printed leaves before the unikernel sleeps. *)

external wait : (int[@untagged]) -> (int[@untagged]) -> (int[@untagged])
  = "unikernel_bytecode_unsupported" "unikernel_wait"
[@@noalloc]

let wait_for_work_on_handle = Os_handles.wait_for_work_on_handle

let flush_channels () =
  flush stdout;
  flush stderr

(* A deadline in the past makes the platform look at the devices only. *)
let wait_for_work () =
  let interest = Os_handles.awaited () in
  if Lwt.paused_count () > 0 then wait interest 0
  else (
    flush_channels ();
    wait interest (Os_timers.next_deadline_ns ()))

let rec run promise =
  Os_hooks.run_enter_iter_hooks ();
  Lwt.wakeup_paused ();
  Os_timers.wake ~now_ns:(Os_time.now_ns ());
  match Lwt.poll promise with
  | Some () -> Os_hooks.run_leave_iter_hooks ()
  | None ->
      Os_handles.wake (wait_for_work ());
      Os_hooks.run_leave_iter_hooks ();
      run promise

let () = at_exit (fun () -> run (Os_hooks.run_exit_hooks ()))

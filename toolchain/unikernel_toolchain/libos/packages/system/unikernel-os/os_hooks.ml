let exit_hooks = ref []
let enter_hooks = ref []
let leave_hooks = ref []
let add hooks hook = hooks := hook :: !hooks
let at_exit hook = add exit_hooks hook
let at_enter_iter hook = add enter_hooks hook
let at_leave_iter hook = add leave_hooks hook
let run hooks = List.iter (fun hook -> hook ()) !hooks
let run_enter_iter_hooks () = run enter_hooks
let run_leave_iter_hooks () = run leave_hooks

(* At exit nobody is left to be told of a failure, and the other hooks must run. *)
let rec run_in_turn = function
  | [] -> Lwt.return_unit
  | hook :: rest ->
      let swallow _ = Lwt.return_unit in
      Lwt.bind (Lwt.catch hook swallow) (fun () -> run_in_turn rest)

let run_exit_hooks () =
  let hooks = !exit_hooks in
  exit_hooks := [];
  run_in_turn hooks

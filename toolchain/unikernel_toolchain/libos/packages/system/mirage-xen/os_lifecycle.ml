external expect : (int[@untagged]) -> unit
  = "unikernel_bytecode_unsupported" "unikernel_os_expect_shutdown"
[@@noalloc]

external take : (int[@untagged]) -> (int[@untagged])
  = "unikernel_bytecode_unsupported" "unikernel_os_take_shutdown"
[@@noalloc]

(* unikernel_xen.h *)
let poweroff = 1
let reboot = 2
let handle = 50L

let rec await requests =
  let asked = take requests in
  if asked land poweroff <> 0 then Lwt.return `Poweroff
  else if asked land reboot <> 0 then Lwt.return `Reboot
  else Lwt.bind (Os_main.wait_for_work_on_handle handle) (fun () -> await requests)

let await_shutdown_request ?(can_poweroff = true) ?(can_reboot = false) () =
  let requests =
    (if can_poweroff then poweroff else 0) lor if can_reboot then reboot else 0
  in
  expect requests;
  await requests

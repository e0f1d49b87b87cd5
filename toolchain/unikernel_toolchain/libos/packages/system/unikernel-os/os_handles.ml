(* A handle is a bit in the mask that the platform waits on; each has its waiters. *)

let handles = Sys.int_size
let waiters : unit Lwt.u list array = Array.make handles []
let interest = ref 0
let awaited () = !interest

let wait_for_work_on_handle handle =
  if Int64.unsigned_compare handle (Int64.of_int handles) >= 0 then
    Lwt.fail_invalid_arg "OS.Main.wait_for_work_on_handle: no such handle"
  else
    let promise, wakener = Lwt.wait () in
    let handle = Int64.to_int handle in
    waiters.(handle) <- wakener :: waiters.(handle);
    interest := !interest lor (1 lsl handle);
    promise

let wake_handle handle =
  let woken = List.rev waiters.(handle) in
  waiters.(handle) <- [];
  interest := !interest land lnot (1 lsl handle);
  List.iter (fun wakener -> Lwt.wakeup_later wakener ()) woken

let wake ready =
  if ready <> 0 then
    for handle = 0 to handles - 1 do
      if ready land (1 lsl handle) <> 0 then wake_handle handle
    done

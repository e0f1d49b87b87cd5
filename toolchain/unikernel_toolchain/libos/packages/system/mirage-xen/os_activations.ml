external take : (int[@untagged]) -> (int[@untagged])
  = "unikernel_bytecode_unsupported" "unikernel_os_event_take"
[@@noalloc]

type event = int

let program_start = 0
let ports = 256
let counts = Array.make ports 0
let handle = 49L

(* All ports: the platform says that there is an event, not of which. *)
let look () =
  for port = 1 to ports - 1 do
    if take port <> 0 then counts.(port) <- counts.(port) + 1
  done

let rec after port previous =
  let number = Os_eventchn.to_int port in
  if number < 1 || number >= ports || not (Os_eventchn.is_valid port) then
    Lwt.fail_invalid_arg "OS.Activations.after: the port is not bound"
  else (
    look ();
    if counts.(number) > previous then Lwt.return counts.(number)
    else Lwt.bind (Os_main.wait_for_work_on_handle handle) (fun () -> after port previous))

let wait port =
  look ();
  let number = Os_eventchn.to_int port in
  let seen = if number > 0 && number < ports then counts.(number) else 0 in
  Lwt.map ignore (after port seen)

let run _ = ()
let resume () = ()

let dump () =
  look ();
  Array.iteri (fun port count -> if count > 0 then Printf.printf "port %d: %d events\n" port count) counts

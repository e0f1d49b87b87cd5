(* packages: unikernel-keys.tcp *)

(* What boot keys say of TCP's buffers: each is for itself, and what is not said is by the
   memory there is. *)

let () =
  let memory = 64 * 1024 * 1024 in
  Memory_size.set memory;
  Boot_keys.parse ~program:"test" [| ""; "--tcp-send-buffer=48" |];
  let limits = Tcp_keys.limits () in
  let kib n = n * 1024 in
  let as_said = { (Tcp_config.of_memory memory) with send_buffer = kib 48; send_buffer_max = kib 48 } in
  if limits <> as_said then (
    Printf.printf "send %d to %d, receive %d to %d\n" limits.send_buffer limits.send_buffer_max
      limits.receive_buffer limits.receive_buffer_max;
    exit 1)

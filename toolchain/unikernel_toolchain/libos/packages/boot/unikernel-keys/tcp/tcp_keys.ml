(* Declared when this module starts, not by who connects: several stacks are of one unikernel,
   whose connections share its memory. *)

let least_kib = 4

(* An eighth of the memory is all that connections may hold one way: Tcp_config. *)
let most_kib () = (Tcp_config.of_memory (Memory_size.bytes ())).receive_total / 1024

let read text =
  match int_of_string_opt text with
  | Some kib when kib >= least_kib && kib <= most_kib () -> Ok (Some (kib * 1024))
  | Some _ | None ->
      Error
        (Printf.sprintf "It is a number of KiB from %d to %d, an eighth of this guest's memory."
           least_kib (most_kib ()))

let buffer name what =
  let doc = what ^ " By default it is by the memory there is, and grows with what the path takes." in
  Boot_keys.key name read ~docv:"KIB" ~default:None ~doc

let receive_buffer =
  buffer "tcp-receive-buffer" "What a TCP connection may hold unread: its largest window."

let send_buffer =
  buffer "tcp-send-buffer" "What a TCP connection may hold written and unacknowledged."

let limits () =
  let config = Tcp_config.of_memory (Memory_size.bytes ()) in
  let receive_buffer, receive_buffer_max =
    match Boot_keys.get receive_buffer with
    | Some bytes -> (bytes, bytes)
    | None -> (config.receive_buffer, config.receive_buffer_max)
  and send_buffer, send_buffer_max =
    match Boot_keys.get send_buffer with
    | Some bytes -> (bytes, bytes)
    | None -> (config.send_buffer, config.send_buffer_max)
  in
  { config with receive_buffer; receive_buffer_max; send_buffer; send_buffer_max }

external alloc : (int[@untagged]) -> (int[@untagged])
  = "unikernel_bytecode_unsupported" "unikernel_os_event_alloc"
[@@noalloc]

external bind : (int[@untagged]) -> (int[@untagged]) -> (int[@untagged])
  = "unikernel_bytecode_unsupported" "unikernel_os_event_bind"
[@@noalloc]

external c_notify : (int[@untagged]) -> unit
  = "unikernel_bytecode_unsupported" "unikernel_os_event_notify"
[@@noalloc]

external c_close : (int[@untagged]) -> unit
  = "unikernel_bytecode_unsupported" "unikernel_os_event_close"
[@@noalloc]

type handle = unit
type t = int

let bound : (t, unit) Hashtbl.t = Hashtbl.create 7
let to_int port = port
let of_int port = port
let init () = ()
let close () = 0
let notify () port = c_notify port
let domain_max = 0xffff

let kept what domain port =
  if domain < 0 || domain > domain_max then invalid_arg (what ^ ": no number of a domain");
  match port () with
  | 0 -> failwith (what ^ ": Xen gives no such port, or all are in use")
  | port ->
      Hashtbl.replace bound port ();
      port

let bind_interdomain () domain remote =
  kept "OS.Eventchn.bind_interdomain" domain (fun () -> bind domain remote)

let bind_unbound_port () domain =
  kept "OS.Eventchn.bind_unbound_port" domain (fun () -> alloc domain)

let bind_dom_exc_virq () = failwith "OS.Eventchn.bind_dom_exc_virq: it is for xenstore itself"

let unbind () port =
  Hashtbl.remove bound port;
  c_close port

let unmask () _ = ()
let is_valid port = Hashtbl.mem bound port

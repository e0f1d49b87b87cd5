type t = {
  console : string -> unit Lwt.t;
  peer : string;
  waiting : string Queue.t;
  mutable waiting_bytes : int;
  most_bytes : int;
  arrival : unit Lwt_condition.t;
  mutable lost : int;  (** messages, since the console was told *)
  mutable is_failing : bool;
  mutable is_sending : bool;
}

let create ~console ~peer =
  {
    console;
    peer;
    waiting = Queue.create ();
    waiting_bytes = 0;
    most_bytes = Memory_size.part 64;
    arrival = Lwt_condition.create ();
    lost = 0;
    is_failing = false;
    is_sending = false;
  }

(* A console that fails is nobody's concern here. *)
let tell t format =
  Printf.ksprintf
    (fun text -> Lwt.dont_wait (fun () -> t.console ("syslog: " ^ text)) ignore)
    format

let quietly t f =
  let before = t.is_sending in
  t.is_sending <- true;
  Fun.protect f ~finally:(fun () -> t.is_sending <- before)

(* {2 In} *)

(* What a message takes beside its bytes. *)
let overhead_bytes = 64
let size text = String.length text + overhead_bytes

let put t text =
  if t.waiting_bytes + size text > t.most_bytes then (
    if t.lost = 0 then tell t "messages to %s are being lost: it does not take them fast enough" t.peer;
    t.lost <- t.lost + 1)
  else (
    Queue.add text t.waiting;
    t.waiting_bytes <- t.waiting_bytes + size text;
    Lwt_condition.signal t.arrival ())

let reporter t ~now ~host ?facility encode =
  let report source level ~over k message =
    message @@ fun ?header ?(tags = Logs.Tag.empty) format ->
    let buffer = Buffer.create 80 in
    let ppf = Format.formatter_of_buffer buffer in
    let finish ppf =
      Format.pp_print_flush ppf ();
      let source = Logs.Src.name source in
      if not t.is_sending then
        put t
          (encode
             (Logs_syslog.message ?facility ~host ~source ~tags ?header level (now ())
                (Buffer.contents buffer)));
      over ();
      k ()
    in
    Format.kfprintf finish ppf format
  in
  { Logs.report }

(* {2 Out} *)

let rec next t =
  match Queue.peek_opt t.waiting with
  | Some text -> Lwt.return text
  | None -> Lwt.bind (Lwt_condition.wait t.arrival) (fun () -> next t)

let remove t =
  Option.iter (fun text -> t.waiting_bytes <- t.waiting_bytes - size text)
    (Queue.take_opt t.waiting)

let sent t =
  remove t;
  if t.is_failing then (
    t.is_failing <- false;
    tell t "messages reach %s again" t.peer);
  if t.lost > 0 && Queue.is_empty t.waiting then (
    tell t "%d messages to %s were lost" t.lost t.peer;
    t.lost <- 0)

let drop t =
  remove t;
  t.lost <- t.lost + 1

let failed t why =
  if not t.is_failing then (
    t.is_failing <- true;
    tell t "messages do not reach %s: %s" t.peer why)

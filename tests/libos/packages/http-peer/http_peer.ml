open Lwt.Infix

type ending = Open | Closed | Reset | Raised of exn

type t = {
  said : string Queue.t;
  mutable is_finished : bool;
  mutable window : int;
  output : Buffer.t;
  mutable ending : ending;
  changed : unit Lwt_condition.t;
}

let create ?(window = max_int) () =
  {
    said = Queue.create ();
    is_finished = false;
    window;
    output = Buffer.create 256;
    ending = Open;
    changed = Lwt_condition.create ();
  }

let change t = Lwt_condition.broadcast t.changed ()

let says t text =
  if text <> "" then Queue.add text t.said;
  change t

let finishes t =
  t.is_finished <- true;
  change t

let takes t bytes =
  t.window <- t.window + bytes;
  change t

let heard t = Buffer.contents t.output
let ending t = t.ending

module Flow = struct
  type error = |
  type write_error = Mirage_flow.write_error
  type flow = t

  let pp_error _ : error -> unit = function _ -> .
  let pp_write_error = Mirage_flow.pp_write_error

  let rec read t : (Cstruct.t Mirage_flow.or_eof, error) result Lwt.t =
    match Queue.take_opt t.said with
    | Some text -> Lwt.return (Ok (`Data (Cstruct.of_string text)))
    | None when t.is_finished || t.ending <> Open -> Lwt.return (Ok `Eof)
    | None -> Lwt_condition.wait t.changed >>= fun () -> read t

  let rec writev t buffers : (unit, write_error) result Lwt.t =
    if t.ending <> Open then Lwt.return (Error `Closed)
    else if t.window <= 0 then Lwt_condition.wait t.changed >>= fun () -> writev t buffers
    else (
      List.iter (fun buffer -> Buffer.add_string t.output (Cstruct.to_string buffer)) buffers;
      t.window <- t.window - Cstruct.lenv buffers;
      Lwt.return (Ok ()))

  let write t buffer = writev t [ buffer ]

  let rec close t =
    if t.window < 0 && t.ending = Open then
      Lwt_condition.wait t.changed >>= fun () -> close t
    else Lwt.return_unit
end

module Server = Http_server.Connection (Flow)

let connect serve t =
  let ends ending =
    t.ending <- ending;
    change t;
    Lwt.return_unit
  in
  Lwt.async (fun () ->
      Lwt.try_bind
        (fun () -> serve t)
        (fun () -> ends Closed)
        (function Mirage_flow_abort.Abort -> ends Reset | exn -> ends (Raised exn)))

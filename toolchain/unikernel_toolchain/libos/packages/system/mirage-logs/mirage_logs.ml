let () = Log_levels.be_linked ()

type threshold_config = Logs.src -> Logs.level

let name_of_level = function
  | Logs.App -> "APP"
  | Logs.Error -> "ERR"
  | Logs.Warning -> "WRN"
  | Logs.Info -> "INF"
  | Logs.Debug -> "DBG"

let urgency = function
  | Logs.App -> 0
  | Logs.Error -> 1
  | Logs.Warning -> 2
  | Logs.Info -> 3
  | Logs.Debug -> 4

let pp_tag (Logs.Tag.V (definition, value)) ppf =
  Format.fprintf ppf " %s=%a" (Logs.Tag.name definition)
    (Logs.Tag.printer definition) value;
  ppf

let pp_tags ppf tags =
  if not (Logs.Tag.is_empty tags) then (
    Format.pp_print_char ppf ':';
    ignore (Logs.Tag.fold pp_tag tags ppf))

module Ring = struct
  type t = { capacity : int; lines : string Queue.t }

  let create capacity =
    if capacity <= 0 then invalid_arg "Mirage_logs.create: ring_size";
    { capacity; lines = Queue.create () }

  let add t line =
    if Queue.length t.lines = t.capacity then ignore (Queue.pop t.lines);
    Queue.push line t.lines

  let drain t f =
    Queue.iter f t.lines;
    Queue.clear t.lines
end

module Make (Clock : Mirage_clock.PCLOCK) = struct
  type t = {
    channel : out_channel;
    ring : Ring.t option;
    is_printed : Logs.src -> Logs.level -> bool;
  }

  let below threshold source level = urgency level <= urgency (threshold source)

  let create ?(ch = stderr) ?ring_size ?console_threshold () =
    {
      channel = ch;
      ring = Option.map Ring.create ring_size;
      is_printed = Option.fold ~none:(fun _ _ -> true) ~some:below console_threshold;
    }

  let print channel line =
    output_string channel line;
    output_char channel '\n';
    flush channel

  let deliver t source level line =
    Option.iter (fun ring -> Ring.add ring line) t.ring;
    if t.is_printed source level then print t.channel line

  let pp_time ppf () =
    let tz_offset_s = Clock.current_tz_offset_s () in
    Format.pp_print_string ppf (Log_time.to_string ?tz_offset_s (Clock.now_d_ps ()))

  let pp_head ppf (source, level, header) =
    let header = Option.fold ~none:"" ~some:(( ^ ) ":") header in
    Format.fprintf ppf "%a: %s [%s%s] " pp_time () (name_of_level level)
      (Logs.Src.name source) header

  (* The line is made whether or not it is printed: the ring keeps it. *)
  let report t source level ~over k message =
    message @@ fun ?header ?(tags = Logs.Tag.empty) format ->
    let buffer = Buffer.create 80 in
    let ppf = Format.formatter_of_buffer buffer in
    let finish ppf =
      Format.fprintf ppf "%a%!" pp_tags tags;
      deliver t source level (Buffer.contents buffer);
      over ();
      k ()
    in
    pp_head ppf (source, level, header);
    Format.kfprintf finish ppf format

  let reporter t =
    let report source level ~over k message = report t source level ~over k message in
    { Logs.report }

  let set_reporter t = Logs.set_reporter (reporter t)
  let unset_reporter _ = Logs.set_reporter Logs.nop_reporter
  let dump_ring t channel = Option.iter (fun ring -> Ring.drain ring (print channel)) t.ring

  (* What was logged and not printed comes out when the unikernel fails. *)
  let run t f =
    let hook = !Lwt.async_exception_hook in
    let dump_and hook exn =
      dump_ring t t.channel;
      hook exn
    in
    let restore () =
      Lwt.async_exception_hook := hook;
      unset_reporter t;
      Lwt.return_unit
    in
    set_reporter t;
    Lwt.async_exception_hook := dump_and hook;
    Lwt.finalize (fun () -> Lwt.catch f (dump_and Lwt.fail)) restore
end

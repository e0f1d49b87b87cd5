(* As many tasks as requests are to be under way, each with a buffer of its own, begin one
   after the other until the time is over; then those under way are awaited. *)

open Lwt.Infix
module Histogram = Block_load_histogram
module Job = Block_load_job

module Make (Clock : Mirage_clock.MCLOCK) (B : Mirage_block.S) = struct
  type load = {
    disk : B.t;
    job : Job.t;
    sectors : int;  (** of a request *)
    places : int;  (** where a request can begin *)
    deadline_ns : int;
    latencies : Histogram.t;
    mutable next : int;
    mutable random : int;
  }

  let now_ns () = Int64.to_int (Clock.elapsed_ns ())

  (* Marsaglia's xorshift with 13, 7 and 17 *)
  let random load =
    let x = load.random in
    let x = x lxor (x lsl 13) in
    let x = x lxor (x lsr 7) in
    load.random <- x lxor (x lsl 17);
    load.random land max_int

  let place load =
    if Job.is_random load.job then random load mod load.places
    else
      let place = load.next in
      load.next <- (if place + 1 = load.places then 0 else place + 1);
      place

  let failed pp = function
    | Ok () -> ()
    | Error e -> failwith (Format.asprintf "%a" pp e)

  let request load buffers =
    let sector = Int64.of_int (place load * load.sectors) in
    if Job.writes load.job then B.write load.disk sector buffers >|= failed B.pp_write_error
    else B.read load.disk sector buffers >|= failed B.pp_error

  let rec task load buffers began_ns =
    if began_ns >= load.deadline_ns then Lwt.return_unit
    else
      request load buffers >>= fun () ->
      let ended_ns = now_ns () in
      Histogram.add load.latencies (ended_ns - began_ns);
      task load buffers ended_ns

  let buffer load =
    let buffer = Cstruct.create load.job.bytes in
    for i = 0 to (load.job.bytes / 8) - 1 do
      Cstruct.LE.set_uint64 buffer (8 * i) (Int64.of_int (random load))
    done;
    [ buffer ]

  let prepare disk ~seconds (job : Job.t) (info : Mirage_block.info) =
    let sectors = job.bytes / info.sector_size in
    if sectors * info.sector_size <> job.bytes then
      failwith (Printf.sprintf "%d bytes are not of whole sectors" job.bytes);
    let places = Int64.to_int info.size_sectors / sectors in
    if places = 0 then failwith "the block device is smaller than a request";
    fun began_ns ->
      {
        disk;
        job;
        sectors;
        places;
        deadline_ns = began_ns + int_of_float (seconds *. 1e9);
        latencies = Histogram.create ();
        next = 0;
        random = 88172645463325252;
      }

  let line load ns =
    let percentile = Histogram.percentile load.latencies in
    Printf.sprintf "block-load %s ios=%d ns=%d p50=%d p90=%d p99=%d p999=%d max=%d"
      (Job.text ~separator:" " load.job)
      (Histogram.count load.latencies)
      ns (percentile 50.) (percentile 90.) (percentile 99.) (percentile 99.9)
      (Histogram.longest load.latencies)

  let job disk ~seconds job =
    B.get_info disk >>= fun info ->
    let load = prepare disk ~seconds job info in
    let buffers = List.init job.depth (fun _ -> buffer (load 0)) in
    let began_ns = now_ns () in
    let load = load began_ns in
    Lwt.join (List.map (fun buffers -> task load buffers began_ns) buffers) >|= fun () ->
    line load (now_ns () - began_ns)

  let run disk =
    let seconds = Boot_keys.get Block_load_keys.seconds in
    let report one =
      job disk ~seconds one >|= fun line ->
      print_endline line
    in
    Lwt.catch
      (fun () ->
         Lwt_list.iter_s report (Boot_keys.get Block_load_keys.jobs) >|= fun () ->
         print_endline "block-load done")
      (function
        | Failure why ->
            print_endline ("block-load failed: " ^ why);
            exit 1
        | e -> Lwt.fail e)
end

open Lwt.Infix

module type BACKEND = sig
  type 'a io = 'a Lwt.t
  type buffer = Cstruct.t
  type id = int
  type macaddr = Macaddr.t
  type t

  val register : t -> (id, Mirage_net.Net.error) result
  val unregister : t -> id -> unit io
  val mac : t -> id -> macaddr
  val write : t -> id -> size:int -> (buffer -> int) -> (unit, Mirage_net.Net.error) result io
  val set_listen_fn : t -> id -> (buffer -> unit io) -> unit
  val unregister_and_flush : t -> id -> unit io
end

module Make (B : BACKEND) = struct
  type error = Mirage_net.Net.error

  let pp_error = Mirage_net.Net.pp_error

  type t = {
    backend : B.t;
    id : B.id;
    mtu : int;
    flush : bool;
    monitor : (B.buffer -> unit Lwt.t) option;
    unlock : Lwt_mutex.t option;
    stats : Mirage_net.stats;
    mutable is_open : bool;
    mutable listening : unit Lwt.u option;  (** resolved when [listen] is over *)
  }

  let ethernet_header = 14

  let connect ?(size_limit = 1500) ?(flush_on_disconnect = false) ?monitor_fn ?unlock_on_listen
      backend =
    match B.register backend with
    | Error error ->
        Lwt.fail_with (Fmt.str "Vnetif.connect: the backend refuses: %a" pp_error error)
    | Ok id ->
        Lwt.return
          {
            backend;
            id;
            mtu = size_limit;
            flush = flush_on_disconnect;
            monitor = monitor_fn;
            unlock = unlock_on_listen;
            stats = Mirage_net.Stats.create ();
            is_open = true;
            listening = None;
          }

  let mac t = B.mac t.backend t.id
  let mtu t = t.mtu
  let get_stats_counters t = t.stats
  let reset_stats_counters t = Mirage_net.Stats.reset t.stats

  (* What the function has written is known only inside the backend. *)
  let write t ~size fill =
    if not t.is_open then Lwt.return_error `Disconnected
    else if size < ethernet_header || size > t.mtu + ethernet_header then
      Lwt.return_error `Invalid_length
    else
      let sent = ref 0 in
      let fill buffer =
        sent := fill buffer;
        !sent
      in
      B.write t.backend t.id ~size fill >|= function
      | Ok () ->
          Mirage_net.Stats.tx t.stats (Int64.of_int !sent);
          Ok ()
      | Error _ as error -> error

  let monitored t frame =
    match t.monitor with
    | Some monitor -> monitor (Cstruct.append frame Cstruct.empty)
    | None -> Lwt.return_unit

  let receive t callback frame =
    Mirage_net.Stats.rx t.stats (Int64.of_int (Cstruct.length frame));
    monitored t frame >>= fun () -> callback frame

  let end_listening t =
    Option.iter (fun waker -> Lwt.wakeup_later waker ()) t.listening;
    t.listening <- None

  let unlock mutex = if Lwt_mutex.is_locked mutex then Lwt_mutex.unlock mutex

  let listen t ~header_size:_ callback =
    if not t.is_open then Lwt.return_error `Disconnected
    else
      let ended, waker = Lwt.wait () in
      end_listening t;
      t.listening <- Some waker;
      B.set_listen_fn t.backend t.id (receive t callback);
      Option.iter unlock t.unlock;
      ended >|= fun () -> Ok ()

  let disconnect t =
    if not t.is_open then Lwt.return_unit
    else (
      t.is_open <- false;
      end_listening t;
      if t.flush then B.unregister_and_flush t.backend t.id else B.unregister t.backend t.id)
end

(* A budget that is filled up once a second. The timer starts with the first one taken,
   so that an idle stack sleeps. *)

open Lwt.Infix

let errors_per_second = 50

module Make (Time : Mirage_time.S) = struct
  type t = { per_second : int; mutable left : int }

  let create ~per_second = { per_second; left = per_second }

  let refill_later t =
    Lwt.async (fun () ->
        Time.sleep_ns 1_000_000_000L >|= fun () -> t.left <- t.per_second)

  let take t =
    t.left > 0
    && begin
      if t.left = t.per_second then refill_later t;
      t.left <- t.left - 1;
      true
    end
end

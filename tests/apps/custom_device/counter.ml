module type S = sig
  type t

  val next : t -> int
  val name : t -> string
end

module Make (Time : Mirage_time.S) = struct
  type t = { name : string; mutable count : int }

  let connect ~name ~application ~from () =
    Lwt.map
      (fun () ->
         Printf.printf "%s of %s connected\n" name application;
         { name; count = from - 1 })
      (Time.sleep_ns (Duration.of_ms 1))

  let next t =
    t.count <- t.count + 1;
    t.count

  let name t = t.name
end

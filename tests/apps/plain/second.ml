module Main = struct
  let start = Lwt.map (fun () -> print_endline "second ends"; 42) (Lwt.pause ())
end

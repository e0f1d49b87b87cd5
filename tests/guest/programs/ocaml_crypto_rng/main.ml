open Lwt.Infix
module Rng = Mirage_crypto_rng_mirage.Make (OS.Time) (Mclock)

let start () =
  Rng.initialize ~sleep:1_000_000L (module Mirage_crypto_rng.Fortuna) >>= fun () ->
  print_string "bytes ";
  String.iter (fun c -> Printf.printf "%02x" (Char.code c)) (Random_bytes.to_string (Rng.generate 32));
  print_newline ();
  OS.Time.sleep_ns 10_000_000L >>= fun () ->
  if Mirage_crypto_rng.seeded None then print_endline "still seeded";
  let print = Format.printf "source %a@." Mirage_crypto_rng.Entropy.pp_source in
  List.iter print (Mirage_crypto_rng.Entropy.sources ());
  Lwt.catch
    (fun () -> Rng.initialize (module Mirage_crypto_rng.Fortuna))
    (fun exn -> Lwt.return (print_endline (Printexc.to_string exn)))

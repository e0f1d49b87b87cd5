open Lwt.Infix

module Make (Time : Mirage_time.S) (Clock : Mirage_clock.MCLOCK) (S : Mirage_stack.V4) =
struct
  module Server = Iperf3_server.Make (Time) (Clock) (S)
  module Client = Iperf3_client.Make (Time) (Clock) (S)

  let serve = Server.serve
  let run = Client.run

  let client stack (address, port, parameters) =
    run ~port stack address parameters >|= function
    | Ok () -> ()
    | Error message ->
        prerr_endline ("iperf3: " ^ message);
        exit 1
end

module Main = Unikernel_main
module Time = Unikernel_time
module Memory = Unikernel_memory

module Lifecycle = struct
  let await_shutdown_request ?can_poweroff:_ ?can_reboot:_ () = fst (Lwt.wait ())
end

module Main = Os_main
module Time = Os_time
module Memory = Os_memory

module Lifecycle = struct
  let await_shutdown_request ?can_poweroff:_ ?can_reboot:_ () = fst (Lwt.wait ())
end

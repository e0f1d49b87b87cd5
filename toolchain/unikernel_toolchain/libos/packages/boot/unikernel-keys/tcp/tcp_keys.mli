(** TCP's buffers as boot keys, for all connections of a unikernel, as sysctls are for all
    of a Linux. *)

val limits : unit -> Tcp_config.t
(** {!Tcp_config.of_memory}, with the buffers that the command line says. A buffer that was
    given is of that size from the beginning and does not grow:

    [--tcp-receive-buffer=KIB] is the window that peers see, what a connection may hold
    unread; [--tcp-send-buffer=KIB] what it may hold written and unacknowledged. Refused is
    what is no number from 4 on, and more than an eighth of the memory, which all
    connections share. *)

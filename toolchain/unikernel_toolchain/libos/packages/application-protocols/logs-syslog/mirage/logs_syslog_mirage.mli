(** Log reporters that send to a syslog server.

    Logging never waits for the server. What cannot be sent at once waits in
    memory, up to a 64th of that there is, and is lost beyond; when sending
    fails, when it works again and how many messages were lost is said on the
    console. What the stack logs while it is sending is not sent, or it would go
    on for ever. Messages that still wait when the unikernel ends are lost. *)

module Udp (C : Mirage_console.S) (_ : Mirage_clock.PCLOCK) (STACK : Mirage_stack.V4) : sig
  val create :
    C.t ->
    STACK.t ->
    hostname:string ->
    STACK.IPV4.ipaddr ->
    ?port:int ->
    ?truncate:int ->
    ?facility:Syslog_message.facility ->
    unit ->
    Logs.reporter
    (** To port 514 unless another is said. [truncate] is the most bytes of a
        message (RFC 5426, section 3.2): 65507 by default, which is all that a
        datagram holds; more is cut to that. *)
end

module Tcp (C : Mirage_console.S) (_ : Mirage_clock.PCLOCK) (STACK : Mirage_stack.V4) : sig
  val create :
    C.t ->
    STACK.t ->
    hostname:string ->
    STACK.IPV4.ipaddr ->
    ?port:int ->
    ?truncate:int ->
    ?framing:Logs_syslog.framing ->
    ?facility:Syslog_message.facility ->
    unit ->
    (Logs.reporter, string) result Lwt.t
    (** Over a connection to port 514 unless another is said, [Error] if there is
        none to begin with. When it ends another one is made, after one second, two,
        and so on up to a minute; what TCP had taken and not delivered is lost.
        [truncate] is the most
        bytes of a message, 0 for all, as by default; [framing] is [`Null] by
        default. *)
end

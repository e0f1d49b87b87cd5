(** Targets of requests: which host, which path (RFC 9112, section 3.2). *)

val check : meth:string -> string -> string option
(** What the target says of the host, for [http://host:port/path] and for
    [CONNECT]; [None] for a path alone, and for the [*] of [OPTIONS].
    @raise Http_syntax.Bad
      for a form that does not go with the method, a host that is none, a name
      or password before it, a scheme other than http, and a percent sign
      without two digits behind it. *)

val path : string -> string
(** The path of a checked target as routes are named: without its query,
    percent-encoding decoded (but for [%2F] and control characters), and [.]
    and [..] resolved (RFC 3986, sections 5.2.4 and 6.2.2). *)

val check_authority : string -> unit
(** A host and perhaps a port.
    @raise Http_syntax.Bad for anything else. *)

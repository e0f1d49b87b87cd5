module IO = struct
  type 'a t = 'a Lwt.t

  let ( >>= ) = Lwt.( >>= )
  let return = Lwt.return
end

module type S = Resolver.S with type svc = Resolver.service and type 'a io = 'a Lwt.t

include Resolver.Make (IO)

(** A web site out of a key-value store. *)

module HTTP (FS : Mirage_kv.RO) (S : Cohttp_lwt.S.Server) : sig
  val start :
    http_port:int ->
    ?request_fn:(Uri.t -> Cohttp.Header.t -> Cohttp.Header.t) ->
    FS.t ->
    ([> `TCP of int ] -> S.t -> 'a) ->
    'a
    (** Serves the values of the store at the paths that are their keys: [GET] and
        [HEAD], with the media type of the name. A dictionary's path, with or
        without a slash at its end, gives its [index.html]. [request_fn] may add
        to the headers of an answer. A path with a [..] is not found, whatever the
        store would make of it; errors of the store are status 500. *)
end

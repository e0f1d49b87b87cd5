open Sexplib0.Sexp_conv
module Sexp = Sexplib0.Sexp

type service = { name : string; port : int; tls : bool }

let sexp_of_service { name; port; tls } =
  let field key value = Sexp.List [ Atom key; value ] in
  Sexp.List
    [
      field "name" (Atom name); field "port" (sexp_of_int port); field "tls" (sexp_of_bool tls);
    ]

let service_of_sexp sexp =
  match sexp with
  | Sexp.List
      [
        List [ Atom "name"; Atom name ];
        List [ Atom "port"; port ];
        List [ Atom "tls"; tls ];
      ] ->
      { name; port = int_of_sexp port; tls = bool_of_sexp tls }
  | Atom _ | List _ -> of_sexp_error "service_of_sexp: no service" sexp

module type S = sig
  type +'a io
  type t
  type svc

  val sexp_of_t : t -> Sexplib0.Sexp.t
  val t_of_sexp : Sexplib0.Sexp.t -> t
  val sexp_of_svc : svc -> Sexplib0.Sexp.t
  val svc_of_sexp : Sexplib0.Sexp.t -> svc

  type rewrite_fn = svc -> Uri.t -> Conduit.endp io
  type service_fn = string -> svc option io

  val ( ++ ) : service_fn -> service_fn -> service_fn
  val init : ?service:service_fn -> ?rewrites:(string * rewrite_fn) list -> unit -> t
  val add_rewrite : host:string -> f:rewrite_fn -> t -> unit
  val set_service : f:service_fn -> t -> unit
  val service : t -> service_fn

  val resolve_uri :
    ?rewrites:(string * rewrite_fn) list -> uri:Uri.t -> t -> Conduit.endp io
end

let on_tls = [ "https"; "imaps"; "ftps"; "ldaps"; "pop3s"; "smtps"; "xmpps" ]

let known name =
  match Uri_services.tcp_port_of_service name with
  | port :: _ -> Some { name; port; tls = List.mem name on_tls }
  | [] -> None

(* Whether [host] is [ending], or below it. *)
let is_below ending host =
  let host = String.lowercase_ascii host in
  let behind = String.length host - String.length ending in
  ending = "" || host = ending
  || behind > 0
     && String.sub host behind (String.length ending) = ending
     && (host.[behind - 1] = '.' || ending.[0] = '.')

let longest_match host rewrites =
  let longer best (ending, rewrite) =
    match best with
    | _ when not (is_below ending host) -> best
    | Some (other, _) when String.length other >= String.length ending -> best
    | Some _ | None -> Some (ending, rewrite)
  in
  Option.map snd (List.fold_left longer None rewrites)

module Make (IO : Conduit.IO) = struct
  open IO

  type 'a io = 'a IO.t
  type svc = service
  type rewrite_fn = svc -> Uri.t -> Conduit.endp io
  type service_fn = string -> svc option io
  type t = { mutable rewrites : (string * rewrite_fn) list; mutable find : service_fn }

  let sexp_of_svc = sexp_of_service
  let svc_of_sexp = service_of_sexp

  (* The functions of a resolver cannot be written down: its hosts are. *)
  let sexp_of_t t = sexp_of_list sexp_of_string (List.map fst t.rewrites)
  let t_of_sexp sexp = of_sexp_error "a resolver cannot be read" sexp

  let ( ++ ) first second name =
    first name >>= function Some _ as found -> return found | None -> second name

  let well_known name = return (known name)
  let init ?(service = well_known) ?(rewrites = []) () = { rewrites; find = service }
  let add_rewrite ~host ~f t = t.rewrites <- (String.lowercase_ascii host, f) :: t.rewrites
  let set_service ~f t = t.find <- f
  let service t = t.find
  let unknown format = Printf.ksprintf (fun why -> return (`Unknown why)) format

  let with_service rewrites uri service =
    let port = Option.value (Uri.port uri) ~default:service.port in
    let host = Uri.host_with_default ~default:"localhost" uri in
    match longest_match host rewrites with
    | Some rewrite -> rewrite { service with port } uri
    | None -> unknown "nobody knows the host %s" host

  (* A URI's scheme names the service, its host the rewrite, by the longest suffix. *)
  let resolve_uri ?(rewrites = []) ~uri t =
    match Uri.scheme uri with
    | None -> unknown "%s has no scheme" (Uri.to_string uri)
    | Some scheme -> (
        t.find scheme >>= function
        | Some service -> with_service (rewrites @ t.rewrites) uri service
        | None -> unknown "the scheme %s is not known" scheme)
end

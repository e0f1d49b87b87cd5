type 'a t = (int, 'a) Hashtbl.t

let create () = Hashtbl.create 7

let bind t ~port listener =
  if port < 0 || port > 0xffff then
    invalid_arg (Printf.sprintf "listen: port %d is not between 0 and 65535" port);
  Hashtbl.replace t port listener

let find = Hashtbl.find_opt

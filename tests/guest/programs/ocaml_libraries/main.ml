(* Libraries that applications name, most of them the distribution's, without Unix beneath. *)

open Rresult
open Sexplib.Std

let check what holds = if not holds then R.error_msgf "%s does not hold" what else Ok ()
let address = Ipaddr.V4.of_string_exn "10.0.0.1"

let sexps () =
  let text = Sexplib.Sexp.to_string_hum (sexp_of_list sexp_of_int [ 1; 2 ]) in
  check "written" (text = "(1 2)") >>= fun () ->
  let read = list_of_sexp int_of_sexp (Sexplib.Sexp.of_string "(3 4 5)") in
  check "read" (read = [ 3; 4; 5 ]) >>= fun () ->
  let fails = match Sexplib.Sexp.of_string "(a" with _ -> false | exception Failure _ -> true in
  check "refused" fails >>= fun () ->
  let mac = Macaddr.broadcast in
  check "mac" (Macaddr_sexp.(t_of_sexp (sexp_of_t mac)) = mac) >>= fun () ->
  check "ip" (Ipaddr_sexp.V4.(t_of_sexp (sexp_of_t address)) = address)

let bytes () =
  let buffer = Ipaddr_cstruct.V4.to_cstruct address in
  check "address" (Cstruct.to_string buffer = "\010\000\000\001") >>= fun () ->
  let pages = Io_page.get 3 in
  check "pages" (Io_page.length pages = 12288 && Nativeint.rem (Io_page.get_addr pages) 4096n = 0n)
  >>= fun () ->
  let ones n = Cstruct.of_string (String.make n '\001') in
  check "number" (Randomconv.int ~bound:2 ones = 1)

let texts () =
  check "cut" (Astring.String.cut ~sep:":" "a:b" = Some ("a", "b")) >>= fun () ->
  check "path" (Fpath.(to_string (normalize (v "a" / ".." / "b"))) = "b")

let start () =
  match sexps () >>= bytes >>= texts with
  | Ok () -> print_endline "all passed"
  | Error (`Msg message) -> print_endline message

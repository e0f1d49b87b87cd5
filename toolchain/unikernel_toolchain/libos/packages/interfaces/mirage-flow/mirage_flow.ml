type write_error = [ `Closed ]

let pp_write_error ppf `Closed = Format.pp_print_string ppf "the flow is closed for writing"

type 'a or_eof = [ `Data of 'a | `Eof ]

let pp_or_eof pp_data ppf = function
  | `Data data -> pp_data ppf data
  | `Eof -> Format.pp_print_string ppf "end of file"

module type S = sig
  type error

  val pp_error : error Fmt.t

  type nonrec write_error = private [> write_error ]

  val pp_write_error : write_error Fmt.t

  type flow

  val read : flow -> (Cstruct.t or_eof, error) result Lwt.t
  val write : flow -> Cstruct.t -> (unit, write_error) result Lwt.t
  val writev : flow -> Cstruct.t list -> (unit, write_error) result Lwt.t
  val close : flow -> unit Lwt.t
end

type stats = {
  read_bytes : int64;
  read_ops : int64;
  write_bytes : int64;
  write_ops : int64;
  duration : int64;
}

let pp_direction duration_s ppf (verb, bytes, ops) =
  let rate = if duration_s > 0. then Int64.to_float bytes /. duration_s else 0. in
  Format.fprintf ppf "%s %Ld bytes in %Ld operations (%.0f bytes/s)" verb bytes ops rate

let pp_stats ppf t =
  let duration_s = Int64.to_float t.duration /. 1e9 in
  let pp = pp_direction duration_s in
  Format.fprintf ppf "%a, %a, %.3f s" pp
    ("read", t.read_bytes, t.read_ops)
    pp
    ("wrote", t.write_bytes, t.write_ops)
    duration_s

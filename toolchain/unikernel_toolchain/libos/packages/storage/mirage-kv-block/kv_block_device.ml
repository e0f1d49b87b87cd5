exception Storage_error of string
exception Damaged of string

let damaged parts = raise (Damaged (String.concat "" parts))

type t = {
  sector_size : int;
  sectors : int;
  read_write : bool;
  read : int -> Cstruct.t -> unit Lwt.t;
  write : int -> Cstruct.t list -> unit Lwt.t;
  flush : unit -> unit Lwt.t;
}

module type BLOCK = sig
  include Mirage_block.S

  val flush : t -> (unit, write_error) result Lwt.t
end

module Of (B : BLOCK) = struct
  open Lwt.Syntax

  let failed doing pp error =
    Lwt.fail (Storage_error (Fmt.str "%s failed: %a" doing pp error))

  let written doing = function
    | Ok () -> Lwt.return_unit
    | Error e -> failed doing B.pp_write_error e

  let device block =
    let* { Mirage_block.sector_size; read_write; size_sectors } = B.get_info block in
    let read sector buffer =
      let* result = B.read block (Int64.of_int sector) [ buffer ] in
      match result with
      | Ok () -> Lwt.return_unit
      | Error e -> failed "reading" B.pp_error e
    in
    let write sector buffers =
      Lwt.bind (B.write block (Int64.of_int sector) buffers) (written "writing")
    in
    let flush () = Lwt.bind (B.flush block) (written "flushing") in
    let sectors = Int64.to_int (min size_sectors 0xffff_ffff_ffffL) in
    Lwt.return { sector_size; sectors; read_write; read; write; flush }
end

open Lwt.Infix
open Lwt_result.Syntax
module Request = Mirage_block_request

(* A chain of records is as long as somebody made it. *)
let logical_most = 256

module Make (B : Mirage_block.S) = struct
  type error = [ Mirage_block.error | `Invalid_argument | `Block of B.error ]

  type write_error =
    [ Mirage_block.write_error | `Invalid_argument | `Block of B.write_error ]

  let invalid = "buffers are not of whole sectors, or lie outside the partition"

  let pp_error ppf = function
    | #Mirage_block.error as e -> Mirage_block.pp_error ppf e
    | `Invalid_argument -> Format.pp_print_string ppf invalid
    | `Block e -> B.pp_error ppf e

  let pp_write_error ppf = function
    | #Mirage_block.write_error as e -> Mirage_block.pp_write_error ppf e
    | `Invalid_argument -> Format.pp_print_string ppf invalid
    | `Block e -> B.pp_write_error ppf e

  (* {1 Tables} *)

  type table_error = [ `Block of B.error | `Table of string ]

  let pp_table_error ppf = function
    | `Block e -> B.pp_error ppf e
    | `Table why -> Format.fprintf ppf "the partition table cannot be used: %s" why

  type disk = { block : B.t; info : Mirage_block.info }

  let sane result = Lwt.return (Result.map_error (fun why -> `Table why) result)

  let sectors disk first count =
    let buffer = Cstruct.create (count * disk.info.sector_size) in
    if disk.info.size_sectors = 0L then
      Lwt.return_error (`Table "the block device has no disk")
    else if Int64.compare first 0L < 0 || Int64.compare first disk.info.size_sectors >= 0 then
      Lwt.return_error (`Table "it goes on behind the end of the block device")
    else
      Lwt_result.map_error
        (fun e -> `Block e)
        (B.read disk.block first [ buffer ] >|= Result.map (fun () -> buffer))

  let last disk = Int64.pred disk.info.size_sectors

  let mbr_entry number ~base (entry : Mbr_table.entry) : Partition_entry.t =
    {
      number;
      kind = Mbr entry.kind;
      name = "";
      bootable = entry.bootable;
      first = Int64.add base entry.first;
      sectors = entry.sectors;
    }

  (* Each record of the chain has a partition, whose place counts from the record, and the
     next record's place, which counts from the first. Each lies behind the last: a chain
     that turns back would have no end. *)
  let rec logical disk ~chain ~at number found =
    let* sector = sectors disk at 1 in
    match Mbr_table.entries sector with
    | None -> sane (Error "a record of its logical partitions is none")
    | Some entries -> (
        let here (entry : Mbr_table.entry) = mbr_entry number ~base:at entry in
        let found = Option.fold entries.(0) ~none:found ~some:(fun e -> here e :: found) in
        match entries.(1) with
        | None -> Lwt.return_ok (List.rev found)
        | Some next ->
            let place = Int64.add chain next.first in
            if Int64.compare place at <= 0 || number >= logical_most then
              sane (Error "its logical partitions have no end")
            else logical disk ~chain ~at:place (number + 1) found)

  let mbr disk entries =
    let numbered = List.mapi (fun i e -> Option.map (fun e -> (i + 1, e)) e) entries in
    let extended, primary =
      List.partition (fun (_, e) -> Mbr_table.is_extended e) (List.filter_map Fun.id numbered)
    in
    let* logical =
      match extended with
      | [] -> Lwt.return_ok []
      | (_, { first; _ }) :: _ -> logical disk ~chain:first ~at:first 5 []
    in
    let primary = List.map (fun (number, e) -> mbr_entry number ~base:0L e) primary in
    sane (Partition_entry.check ~first:1L ~last:(last disk) (primary @ logical))

  let gpt_at disk at =
    let* sector = sectors disk at 1 in
    let* header = sane (Gpt_table.header sector ~at ~size_sectors:disk.info.size_sectors) in
    let bytes = Gpt_table.table_bytes header and size = disk.info.sector_size in
    let* table = sectors disk header.table ((bytes + size - 1) / size) in
    sane (Gpt_table.entries header table)

  let gpt disk =
    gpt_at disk 1L >>= function
    | Ok found -> Lwt.return_ok found
    | Error _ as first ->
        gpt_at disk (last disk) >|= fun copy -> if Result.is_ok copy then copy else first

  let partitions block =
    B.get_info block >>= fun info ->
    let disk = { block; info } in
    let* sector = sectors disk 0L 1 in
    match Mbr_table.entries sector with
    | None -> sane (Error "there is none")
    | Some entries ->
        let entries = Array.to_list entries in
        if List.exists (Option.fold ~none:false ~some:Mbr_table.is_protective) entries then
          gpt disk
        else mbr disk entries

  (* {1 A partition} *)

  type t = { block : B.t; first : int64; info : Mirage_block.info; mutable is_open : bool }

  let connect block (partition : Partition_entry.t) =
    B.get_info block >>= fun info ->
    match Request.range_problem info partition.first partition.sectors with
    | Some _ -> Lwt.fail_with "Mirage_block_partition.connect: it lies outside the device"
    | None ->
        let info = { info with size_sectors = partition.sectors } in
        Lwt.return { block; first = partition.first; info; is_open = true }

  let connect_number block number =
    partitions block >>= function
    | Error e ->
        Lwt.fail_with (Format.asprintf "Mirage_block_partition.connect_number: %a" pp_table_error e)
    | Ok found -> (
        match List.find_opt (fun (p : Partition_entry.t) -> p.number = number) found with
        | Some partition -> connect block partition
        | None ->
            Lwt.fail_with
              (Printf.sprintf "Mirage_block_partition.connect_number: there is no partition %d"
                 number))

  (* The device is others' too. *)
  let disconnect t =
    t.is_open <- false;
    Lwt.return_unit

  let get_info t = Lwt.return t.info

  let read t sector buffers =
    if not t.is_open then Lwt.return_error `Disconnected
    else if Request.problem t.info sector buffers <> None then
      Lwt.return_error `Invalid_argument
    else
      B.read t.block (Int64.add t.first sector) buffers >|= Result.map_error (fun e -> `Block e)

  let write t sector buffers =
    if not t.is_open then Lwt.return_error `Disconnected
    else if not t.info.read_write then Lwt.return_error `Is_read_only
    else if Request.problem t.info sector buffers <> None then
      Lwt.return_error `Invalid_argument
    else
      B.write t.block (Int64.add t.first sector) buffers
      >|= Result.map_error (fun e -> `Block e)
end

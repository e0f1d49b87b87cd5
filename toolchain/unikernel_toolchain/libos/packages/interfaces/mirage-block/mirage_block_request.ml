type problem = Partial_sector | Outside

let range_problem (info : Mirage_block.info) sector sectors =
  let size = info.size_sectors in
  let inside =
    Int64.compare sector 0L >= 0
    && Int64.compare sectors 0L >= 0
    && Int64.compare sector size <= 0
    && Int64.compare sectors (Int64.sub size sector) <= 0
  in
  if inside then None else Some Outside

let rec total ~sector_size bytes = function
  | [] -> Some bytes
  | buffer :: rest ->
      let length = Cstruct.length buffer in
      if length mod sector_size <> 0 then None
      else total ~sector_size (bytes + length) rest

let problem (info : Mirage_block.info) sector buffers =
  let sector_size = info.sector_size in
  match total ~sector_size 0 buffers with
  | None -> Some Partial_sector
  | Some bytes -> range_problem info sector (Int64.of_int (bytes / sector_size))

let message = function
  | Partial_sector -> "a buffer is not of whole sectors"
  | Outside -> "sectors outside the block device are asked for"

include Memory_disk

let connect ~name = Lwt.return (named name)
let largest = Int64.of_int (max_int / 2)

let create ~name ~size_sectors ~sector_size =
  let most = if sector_size > 0 then Int64.div largest (Int64.of_int sector_size) else 0L in
  if sector_size <= 0 || Int64.compare size_sectors 0L < 0 || Int64.compare size_sectors most > 0
  then Lwt.return_error invalid
  else Lwt.return_ok (replace name (create ~sector_size ~size_sectors))

let destroy ~name = remove name

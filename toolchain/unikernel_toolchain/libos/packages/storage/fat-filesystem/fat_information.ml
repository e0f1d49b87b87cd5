let ( let* ) = Lwt_result.bind
let signatures = [ (0, 0x41615252l); (484, 0x61417272l); (508, 0xaa550000l) ]
let free_at = 488
let bytes = 512

module Make (B : Fat_device.S) = struct
  module Cache = Fat_cache.Make (B)

  let create cache ~offset =
    let sector = Cstruct.create bytes in
    List.iter (fun (at, signature) -> Cstruct.LE.set_uint32 sector at signature) signatures;
    List.iter (fun at -> Cstruct.LE.set_uint32 sector at (-1l)) [ free_at; free_at + 4 ];
    Cache.write cache ~offset sector

  let set_free cache ~offset free =
    let* sector = Cache.read cache ~offset ~length:bytes in
    let has (at, signature) = Cstruct.LE.get_uint32 sector at = signature in
    let said = Cstruct.LE.get_uint32 sector free_at in
    if said = Int32.of_int free || not (List.for_all has signatures) then Lwt.return_ok ()
    else begin
      Cstruct.LE.set_uint32 sector free_at (Int32.of_int free);
      Cache.write cache ~offset sector
    end
end

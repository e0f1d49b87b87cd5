module type SEEKABLE = Block_sweep.SEEKABLE

module type RESIZABLE = sig
  include Mirage_block.S

  val resize : t -> int64 -> (unit, write_error) result Lwt.t
end

module Compare = Block_compare.Make
module Fold = Block_fold.Fold
module Fast_fold = Block_fold.Fast_fold
module Copy = Block_copy.Copy
module Sparse_copy = Block_copy.Sparse_copy
module Fill = Block_copy.Fill
module Make_safe = Block_safe.Make

module Mem = struct
  include Memory_disk

  let connect name = Lwt.return (Memory_disk.named name)
end

module Cstruct = struct
  include Cstruct

  let len = length
  let set_len t length = of_bigarray ~off:t.off ~len:length t.buffer
  let add_len t more = set_len t (length t + more)
  let blit_to_string = blit_to_bytes
end

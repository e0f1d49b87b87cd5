let polynomial = 0xedb88320

let table =
  lazy
    (let rec steps left crc =
       if left = 0 then crc
       else steps (left - 1) (if crc land 1 = 1 then (crc lsr 1) lxor polynomial else crc lsr 1)
     in
     Array.init 256 (steps 8))

let of_parts parts =
  let table = Lazy.force table and crc = ref 0xffff_ffff in
  let add part =
    for i = 0 to Cstruct.length part - 1 do
      crc := table.((!crc lxor Cstruct.get_uint8 part i) land 255) lxor (!crc lsr 8)
    done
  in
  List.iter add parts;
  Int32.of_int (!crc lxor 0xffff_ffff)

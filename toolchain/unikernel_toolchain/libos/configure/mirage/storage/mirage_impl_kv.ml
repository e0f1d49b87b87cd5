open Functoria
open Mirage_impl_misc
open Mirage_impl_block

let ( let* ) = Result.bind

type kv_ro = KV_RO

let kv_ro = Type KV_RO

type kv_rw = KV_RW

let kv_rw = Type KV_RW

type fs = FS

let fs = Type FS

let connect_on name _ modname = function
  | [ device ] -> Fmt.str "%s.connect %s" modname device
  | arguments -> arity name arguments

(* {1 Compiled in} *)

let crunch dir =
  let name = Functoria_app.Name.create ("static" ^ dir) ~prefix:"static" in
  let module_name = String.capitalize_ascii name in
  let configure _ =
    let* () = folder "crunch" dir in
    Ok (Functoria_answer.add_data (Crunch { module_name; folder = dir }))
  in
  device name kv_ro ~module_name ~configure
    ~packages:(List.map package [ "mirage-kv"; "mirage-kv-crunch"; "mirage-kv-mem" ])
    ~connect:(fun _ modname _ -> Fmt.str "%s.connect ()" modname)

(* {1 On a block device} *)

let tar =
  device "archive" (block @-> kv_ro) ~module_name:"Tar_mirage.Make_KV_RO"
    ~packages:[ package "tar-mirage" ]
    ~connect:(connect_on "archive")

let archive block = tar $ block

let archive_of_files ?(dir = ".") () =
  let name = Functoria_app.Name.create ("archive" ^ dir) ~prefix:"archive" in
  archive (of_data name (fun ~device -> Tar { device; folder = dir }))

let fat_fs =
  device "fat" (block @-> fs) ~module_name:"Fat.FS"
    ~packages:(List.map package [ "fat-filesystem"; "astring"; "rresult" ])
    ~connect:(connect_on "fat")

let fat block = fat_fs $ block

let fat_of_files ?(dir = ".") ?(regexp = "*") () =
  let name = Functoria_app.Name.create (Fmt.str "fat%s:%s" dir regexp) ~prefix:"fat" in
  fat (of_data name (fun ~device -> Fat { device; folder = dir; pattern = regexp }))

let fs_as_kv_ro =
  device "kv_ro_of_fs" (fs @-> kv_ro) ~module_name:"Mirage_fs.To_KV_RO"
    ~packages:[ package "mirage-fs" ]
    ~connect:(connect_on "kv_ro_of_fs")

let kv_ro_of_fs fs = fs_as_kv_ro $ fs

(* {1 A folder of the host} *)

let host_folder typ dir =
  let name = Functoria_app.Name.create ("direct" ^ dir) ~prefix:"direct" in
  let device_name = device_name dir in
  device name typ ~module_name:"Mirage_kv_unix"
    ~packages:[ package "mirage-kv-unix" ]
    ~configure:(fun _ -> Ok (Functoria_answer.add_device ~path:dir Kv device_name))
    ~connect:(fun _ modname _ -> Fmt.str "%s.connect %S" modname device_name)

let direct_kv_ro dir = if_impl Mirage_key.is_unix (host_folder kv_ro dir) (crunch dir)

let direct_kv_rw dir =
  let why =
    Fmt.str
      "direct_kv_rw %S is a folder of the host, which the target unix has: -t unix. kv_rw_mem is \
       a store on every target." dir
  in
  if_impl Mirage_key.is_unix (host_folder kv_rw dir) (unserved "direct_kv_rw" kv_rw why)

(* {1 In memory} *)

let mem =
  device "kv_rw_mem"
    (Mirage_impl_time.pclock @-> kv_rw)
    ~module_name:"Mirage_kv_mem.Make"
    ~packages:[ package "mirage-kv-mem" ]
    ~connect:(fun _ modname _ -> Fmt.str "%s.connect ()" modname)

let kv_rw_mem ?(clock = Mirage_impl_time.default_posix_clock) () = mem $ clock

(* {1 By a key} *)

let generic_kv_ro ?group ?(key = Mirage_key.value (Mirage_key.kv_ro ?group ())) dir =
  match_impl key
    [
      (`Fat, kv_ro_of_fs (fat_of_files ~dir ()));
      (`Archive, archive_of_files ~dir ());
      (`Crunch, crunch dir);
    ]
    ~default:(direct_kv_ro dir)

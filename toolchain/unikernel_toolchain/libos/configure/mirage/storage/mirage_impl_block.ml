open Functoria
open Mirage_impl_misc

type block = BLOCK

let block = Type BLOCK

let image_device name ~configure device_name =
  device name block ~module_name:"Block"
    ~packages:[ package "mirage-block-unikernel" ]
    ~configure
    ~connect:(fun _ modname _ -> Fmt.str "%s.connect %S" modname device_name)

(* Two files of one name are told apart by nothing at boot. *)
let files : (string, string) Hashtbl.t = Hashtbl.create 7

let declare file device_name =
  match Hashtbl.find_opt files device_name with
  | Some other when other <> file ->
      Error
        (`Msg
           (Fmt.str
              "block_of_file %S and block_of_file %S would both be the device %s: a device is \
               called as its file, by letters and digits. Give one of them another name."
              other file device_name))
  | Some _ | None ->
      Hashtbl.replace files device_name file;
      Functoria_answer.add_device ~path:file Block device_name;
      if device_name <> file then
        Functoria_answer.add_note
          (Fmt.str "block_of_file %S is the device %s: --block %s=%s boots with that file." file
             device_name device_name file);
      Ok ()

let block_of_file file =
  let name = Functoria_app.Name.create ("block" ^ file) ~prefix:"block" in
  let device_name = device_name file in
  image_device name device_name ~configure:(fun _ -> declare file device_name)

let of_data name data =
  let configure _ =
    Functoria_answer.add_device Block name;
    Ok (Functoria_answer.add_data (data ~device:name))
  in
  image_device name name ~configure

(* The device is called as the disk: which disk of the machine that is, the name says. *)
let disk_of_xen id =
  match Mirage_xen_disk.name id with
  | Error why -> unserved ("xenstore" ^ id) block (Fmt.str "block_of_xenstore_id %S: %s" id why)
  | Ok name ->
      let configure _ =
        Functoria_answer.add_device Block name;
        if name <> id then
          Functoria_answer.add_note
            (Fmt.str "block_of_xenstore_id %S is the device %s: --block %s=FILE boots with a file \
                      of that name." id name name);
        Ok ()
      in
      image_device (Functoria_app.Name.create ("xenstore" ^ name) ~prefix:"xenstore") name ~configure

let block_of_xenstore_id id =
  if_impl Mirage_key.is_xen (disk_of_xen id)
    (unserved "block_of_xenstore_id" block
       (Fmt.str
          "block_of_xenstore_id %S is for the target xen: -t xen. block_of_file is a disk on every \
           target." id))

let ramdisk text =
  let name = Functoria_app.Name.create ("ramdisk" ^ text) ~prefix:"ramdisk" in
  device name block ~module_name:"Ramdisk"
    ~packages:[ package "mirage-block-ramdisk" ]
    ~connect:(fun _ modname _ -> Fmt.str "%s.connect ~name:%S" modname text)

let generic_block ?group ?(key = Mirage_key.value (Mirage_key.block ?group ())) name =
  match_impl key
    [ (`XenstoreId, block_of_xenstore_id name); (`BlockFile, block_of_file name) ]
    ~default:(ramdisk name)

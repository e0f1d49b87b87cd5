module type BLOCK = Fat_device.S

module FS = Fat_fs.Make
module Durable_FS = Fat_fs.Durable

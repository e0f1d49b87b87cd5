let of_39 = function
  | place, Some level -> Ok (place, level)
  | _, None -> Error "Of MirageOS 3.9's levels, app is the one that says least."

let log_threshold =
  {
    Boot_converters.read = (fun text -> Result.bind (Log_level_text.read text) of_39);
    print = (fun (place, level) -> Log_level_text.print (place, Some level));
  }

let level = { Boot_converters.read = Log_level_text.read; print = Log_level_text.print }

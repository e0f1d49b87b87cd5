let day_s = 86_400

(* Years that begin in March end with the leap day, and 400 of them are always as
   long: "days from civil" algorithms of H. Hinnant. *)
let civil day =
  let day = day + 719_468 in
  let era = (if day >= 0 then day else day - 146_096) / 146_097 in
  let day = day - (era * 146_097) in
  let year = (day - (day / 1_460) + (day / 36_524) - (day / 146_096)) / 365 in
  let day = day - ((365 * year) + (year / 4) - (year / 100)) in
  let month = ((5 * day) + 2) / 153 in
  let day = day - (((153 * month) + 2) / 5) + 1 in
  let month = if month < 10 then month + 3 else month - 9 in
  ((era * 400) + year + (if month <= 2 then 1 else 0), month, day)

let offset = function
  | None -> "-00:00"
  | Some s ->
      let minutes = abs s / 60 in
      Printf.sprintf "%c%02d:%02d" (if s < 0 then '-' else '+') (minutes / 60) (minutes mod 60)

let to_string ?tz_offset_s (days, ps) =
  let s = Int64.to_int (Int64.div ps 1_000_000_000_000L) + Option.value tz_offset_s ~default:0 in
  let second = ((s mod day_s) + day_s) mod day_s in
  let year, month, day = civil (days + ((s - second) / day_s)) in
  Printf.sprintf "%04d-%02d-%02d %02d:%02d:%02d %s" year month day (second / 3600)
    (second / 60 mod 60) (second mod 60) (offset tz_offset_s)

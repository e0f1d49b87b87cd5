type facility =
  | Kernel_Message
  | User_Level_Messages
  | Mail_System
  | System_Daemons
  | Security_Authorization_Messages
  | Messages_Generated_Internally_By_Syslogd
  | Line_Printer_Subsystem
  | Network_News_Subsystem
  | UUCP_subsystem
  | Clock_Daemon
  | Security_Authorization_Messages_10
  | Ftp_Daemon
  | Ntp_Subsystem
  | Log_Audit
  | Log_Alert
  | Clock_Daemon_15
  | Local0
  | Local1
  | Local2
  | Local3
  | Local4
  | Local5
  | Local6
  | Local7

let facilities =
  [|
    (Kernel_Message, "kern"); (User_Level_Messages, "user"); (Mail_System, "mail");
    (System_Daemons, "daemon"); (Security_Authorization_Messages, "auth");
    (Messages_Generated_Internally_By_Syslogd, "syslog"); (Line_Printer_Subsystem, "lpr");
    (Network_News_Subsystem, "news"); (UUCP_subsystem, "uucp"); (Clock_Daemon, "cron");
    (Security_Authorization_Messages_10, "authpriv"); (Ftp_Daemon, "ftp"); (Ntp_Subsystem, "ntp");
    (Log_Audit, "audit"); (Log_Alert, "alert"); (Clock_Daemon_15, "clock"); (Local0, "local0");
    (Local1, "local1"); (Local2, "local2"); (Local3, "local3"); (Local4, "local4");
    (Local5, "local5"); (Local6, "local6"); (Local7, "local7");
  |]

type severity =
  | Emergency
  | Alert
  | Critical
  | Error
  | Warning
  | Notice
  | Informational
  | Debug

let severities =
  [|
    (Emergency, "emerg"); (Alert, "alert"); (Critical, "crit"); (Error, "err");
    (Warning, "warning"); (Notice, "notice"); (Informational, "info"); (Debug, "debug");
  |]

let number table value =
  let rec from n = if fst table.(n) = value then n else from (n + 1) in
  from 0

let of_number table n =
  if n >= 0 && n < Array.length table then Some (fst table.(n)) else None

let name table value = snd table.(number table value)
let int_of_facility = number facilities
let facility_of_int = of_number facilities
let string_of_facility = name facilities
let pp_print_facility ppf f = Format.pp_print_string ppf (string_of_facility f)
let int_of_severity = number severities
let severity_of_int = of_number severities
let string_of_severity = name severities
let pp_print_severity ppf s = Format.pp_print_string ppf (string_of_severity s)

type ctx = { timestamp : Ptime.t; hostname : string; set_hostname : bool }

type t = {
  facility : facility;
  severity : severity;
  timestamp : Ptime.t;
  hostname : string;
  tag : string;
  content : string;
}

let msg format = Printf.ksprintf (fun why -> Stdlib.Error (`Msg why)) format
let ( let* ) = Result.bind

module Rfc3164_Timestamp = struct
  let months =
    [ "Jan"; "Feb"; "Mar"; "Apr"; "May"; "Jun"; "Jul"; "Aug"; "Sep"; "Oct"; "Nov"; "Dec" ]

  let encode time =
    let (_, month, day), ((hour, minute, second), _) = Ptime.to_date_time time in
    Printf.sprintf "%s %2d %02d:%02d:%02d" (List.nth months (month - 1)) day hour minute second

  let month_of text =
    List.find_map
      (fun (n, name) -> if name = text then Some n else None)
      (List.mapi (fun n name -> (n + 1, name)) months)

  (* Of digits only: OCaml's numbers may have signs and underscores. *)
  let digits text =
    if String.for_all (function '0' .. '9' -> true | _ -> false) text then
      int_of_string_opt ("0u" ^ text)
    else None

  (* "Mmm dd hh:mm:ss": the day's first digit may be a blank. *)
  let fields text =
    let part at length = String.sub text at length in
    let blank at = text.[at] = ' ' and colon at = text.[at] = ':' in
    if not (blank 3 && blank 6 && colon 9 && colon 12) then None
    else
      let day = if blank 4 then part 5 1 else part 4 2 in
      match (month_of (part 0 3), List.map digits [ day; part 7 2; part 10 2; part 13 2 ]) with
      | Some month, [ Some day; Some hour; Some minute; Some second ] ->
          Some (month, day, hour, minute, second)
      | _ -> None

  let bytes = 15

  let rest text =
    let from = if String.length text > bytes && text.[bytes] = ' ' then bytes + 1 else bytes in
    String.sub text from (String.length text - from)

  let decode text year =
    if String.length text < bytes then msg "a time stamp has 15 characters: %S" text
    else
      match fields text with
      | None -> msg "no time stamp: %S" (String.sub text 0 bytes)
      | Some (month, day, hour, minute, second) -> (
          match Ptime.of_date_time ((year, month, day), ((hour, minute, second), 0)) with
          | Some time -> Ok (time, rest text)
          | None -> msg "no such time in %d: %S" year (String.sub text 0 bytes))
end

(* {2 Writing} *)

let priority t = (8 * int_of_facility t.facility) + int_of_severity t.severity
let cut len text = if len > 0 && String.length text > len then String.sub text 0 len else text

let encode ?(len = 0) t =
  let time = Rfc3164_Timestamp.encode t.timestamp in
  cut len (Printf.sprintf "<%d>%s %s %s%s" (priority t) time t.hostname t.tag t.content)

let encode_local ?(len = 0) t =
  let time = Rfc3164_Timestamp.encode t.timestamp in
  cut len (Printf.sprintf "<%d>%s %s%s" (priority t) time t.tag t.content)

let to_string t =
  Printf.sprintf "Facility: %s Severity: %s Timestamp: %s Hostname: %s Tag: %s Content: %s"
    (string_of_facility t.facility) (string_of_severity t.severity)
    (Rfc3164_Timestamp.encode t.timestamp) t.hostname t.tag t.content

let pp ppf t = Format.pp_print_string ppf (to_string t)

(* {2 Reading} *)

let from text at = String.sub text at (String.length text - at)

(* "<" one to three digits ">" (section 4.1.1). *)
let priority_of text =
  match String.index_opt text '>' with
  | Some close when close >= 2 && close <= 4 -> (
      let number = Rfc3164_Timestamp.digits (String.sub text 1 (close - 1)) in
      let both n = (facility_of_int (n / 8), severity_of_int (n mod 8)) in
      match Option.map both number with
      | Some (Some facility, Some severity) -> Ok (facility, severity, from text (close + 1))
      | Some (None, _) | Some (_, None) | None -> msg "no priority: %S" (cut 5 text))
  | Some _ | None -> msg "no priority: %S" (cut 5 text)

let is_of_tag = function 'a' .. 'z' | 'A' .. 'Z' | '0' .. '9' -> true | _ -> false

(* A tag of more than 32 characters is none. *)
let tag_and_content text =
  let rec length n = if n < String.length text && is_of_tag text.[n] then length (n + 1) else n in
  let n = length 0 in
  if n > 32 then ("", text) else (String.sub text 0 n, from text n)

let hostname_of (ctx : ctx) text =
  match String.index_opt text ' ' with
  | Some blank when not ctx.set_hostname -> (String.sub text 0 blank, from text (blank + 1))
  | Some _ | None -> (ctx.hostname, text)

let year_of time =
  let (year, _, _), _ = Ptime.to_date_time time in
  year

let after_priority (ctx : ctx) facility severity text =
  match Rfc3164_Timestamp.decode text (year_of ctx.timestamp) with
  | Stdlib.Error (`Msg _) ->
      let { timestamp; hostname; _ } : ctx = ctx in
      { facility; severity; timestamp; hostname; tag = ""; content = text }
  | Ok (timestamp, rest) ->
      let hostname, message = hostname_of ctx rest in
      let tag, content = tag_and_content message in
      { facility; severity; timestamp; hostname; tag; content }

let decode ~(ctx : ctx) text =
  if text = "" then msg "an empty message"
  else if text.[0] <> '<' then
    let { timestamp; hostname; _ } : ctx = ctx in
    let facility = User_Level_Messages and severity = Notice in
    Ok { facility; severity; timestamp; hostname; tag = ""; content = text }
  else
    let* facility, severity, rest = priority_of text in
    Ok (after_priority ctx facility severity rest)

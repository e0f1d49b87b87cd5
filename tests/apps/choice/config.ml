open Mirage

let loud =
  let about = Key.Arg.info ~doc:"Be loud." [ "loud" ] in
  Key.(create "loud" Arg.(flag ~stage:`Configure about))

let language =
  let about = Key.Arg.info ~doc:"What to speak: en, fr or de." ~env:"LANGUAGE" [ "language" ] in
  Key.(create "language" Arg.(opt ~stage:`Configure string "en" about))

(* An interface of our own, with implementations of our own behind it. *)
type voice = VOICE

let voice = typ VOICE
let shout = foreign "Voices.Loud" voice
let whisper = foreign "Voices.Quiet" voice

type greeting = GREETING

let greeting = typ GREETING

let greeter =
  match_impl (Key.value language)
    [ ("fr", foreign "Greetings.French" greeting); ("de", foreign "Greetings.German" greeting) ]
    ~default:(foreign "Greetings.English" greeting)

(* Values computed from keys. *)
let loud_or_german =
  Key.(pure ( || ) $ value loud $ map (fun language -> language = "de") (value language))

let packages_for = Key.match_ (Key.value language) (function "fr" -> [ "fmt" ] | _ -> [])
let () = assert (Key.default packages_for = [])
let main = foreign "Unikernel.Main" (voice @-> greeting @-> job)

let () =
  register "choice"
    ~keys:[ Key.abstract loud ]
    [ main $ if_impl loud_or_german shout whisper $ greeter ]

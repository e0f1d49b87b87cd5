module Main (Voice : Voices.S) (Greeting : Greetings.S) = struct
  let start () () =
    Voice.say Greeting.text;
    Lwt.return_unit
end

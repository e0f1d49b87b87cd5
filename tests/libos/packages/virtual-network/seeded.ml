let seed = Case.setting "STACK_SEED" 1
let state = Random.State.make [| seed |]
let byte _ = Char.chr (Random.State.bits state land 0xff)
let bytes n = Cstruct.of_string (String.init n byte)
let chance p = p > 0. && Random.State.float state 1. < p

let shuffle list =
  List.map (fun v -> (Random.State.bits state, v)) list
  |> List.sort (fun (a, _) (b, _) -> compare a b)
  |> List.map snd

module Random = struct
  type g = unit

  let generate ?g:_ n = bytes n
end

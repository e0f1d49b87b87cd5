type t = { mutable left : int }

let create left = { left }
let spend t bytes = t.left <- t.left - bytes
let left t = t.left
let share t = t.left / 4

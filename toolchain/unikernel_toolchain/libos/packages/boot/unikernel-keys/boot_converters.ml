type 'a t = { read : string -> ('a, string) result; print : 'a -> string }

let string = { read = Result.ok; print = Fun.id }

let bool =
  {
    read = (fun text -> Option.to_result ~none:"It is true or false." (bool_of_string_opt text));
    print = string_of_bool;
  }

let int =
  {
    read = (fun text -> Option.to_result ~none:"It is a whole number." (int_of_string_opt text));
    print = string_of_int;
  }

let list item =
  let add text values =
    Result.bind values (fun values ->
        Result.map (fun value -> value :: values) (item.read text))
  in
  let items text = List.filter (( <> ) "") (String.split_on_char ',' text) in
  let read text = List.fold_right add (items text) (Ok []) in
  { read; print = (fun values -> String.concat "," (List.map item.print values)) }

let some value =
  {
    read = (fun text -> Result.map Option.some (value.read text));
    print = (function None -> "" | Some it -> value.print it);
  }

let allocation_policy =
  let read = function
    | "next-fit" -> Ok `Next_fit
    | "first-fit" -> Ok `First_fit
    | "best-fit" -> Ok `Best_fit
    | _ -> Error "It is next-fit, first-fit or best-fit."
  and print = function
    | `Next_fit -> "next-fit"
    | `First_fit -> "first-fit"
    | `Best_fit -> "best-fit"
  in
  { read; print }

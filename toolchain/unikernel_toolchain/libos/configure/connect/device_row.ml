type value = Unit | Connected of string

type t = {
  name : string;
  interfaces : string list;
  kind : string option;
  value_type : string option;
  implementation : string;
  parameters : string list;
  arguments : string list;
  keys : string option;
  value : value;
}

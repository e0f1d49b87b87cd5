type info = {
  name : string;
  libraries : string list;
  packages : (string * string) list;
}

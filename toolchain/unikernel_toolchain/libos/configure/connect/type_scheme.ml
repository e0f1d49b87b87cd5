let tree = Printtyp.tree_of_type_scheme

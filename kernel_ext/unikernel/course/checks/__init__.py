"""What the exercises of each lab must do: a module a lab, a function an exercise."""

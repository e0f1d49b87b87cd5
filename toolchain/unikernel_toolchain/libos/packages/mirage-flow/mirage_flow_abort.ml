exception Abort

include Os_hooks

"""The flags that wire the devices of a machine."""

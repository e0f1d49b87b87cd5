"""Reference that is made of the program: what is not there cannot be forgotten here."""

from . import command_line, library_os, python_api

MAKERS = {
    "commands": command_line.commands,
    "mirage": command_line.mirage,
    "functions": python_api.functions,
    "classes": python_api.classes,
    "modules": python_api.modules,
    "returned": python_api.returned,
    "packages": library_os.packages,
}

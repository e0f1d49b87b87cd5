"""Folders of the host as data of an image, made at build: modules, archives, disk images.

What comes out depends on names and contents alone, never on dates, owners or the order in which
the host lists files. SOURCE_DATE_EPOCH, seconds since 1970, dates files where somebody sets it.
"""

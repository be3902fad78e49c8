#!/usr/bin/python3
"""Prints what the compiler wrote into its index of the build: which file declares a symbol, and which refer to it.

usage: index.py LIBRARY STORE FOLDER

LIBRARY is the toolchain's libIndexStore.so, STORE the index that `swift build` leaves beside what it builds, FOLDER the
folder of the sources that count. A line a place, separated by tabs: `declares` or `refers`, the symbol's USR, its name,
the file (below FOLDER), the line.

The functions are those of include/indexstore/indexstore.h of the Swift toolchain.
"""
import ctypes
import os
import sys


class Text(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("length", ctypes.c_size_t)]

    def __str__(self):
        return ctypes.string_at(self.data, self.length).decode() if self.length else ""


Pointer = ctypes.c_void_p
ForText = ctypes.CFUNCTYPE(ctypes.c_bool, Pointer, Text)
ForPointer = ctypes.CFUNCTYPE(ctypes.c_bool, Pointer, Pointer)

DEPENDS_ON_RECORD = 2
DECLARATION, DEFINITION, REFERENCE, IMPLICIT = 1 << 0, 1 << 1, 1 << 2, 1 << 8


class Index:
    def __init__(self, library, store):
        self.library = ctypes.CDLL(library)
        self.store = self.call("store_create", Pointer, store.encode(), None)
        if not self.store:
            sys.exit(f"index.py: {store} is no index")

    def call(self, name, result, *arguments):
        function = getattr(self.library, "indexstore_" + name)
        function.restype = result
        return function(*(Pointer(a) if isinstance(a, int) else a for a in arguments))

    def units(self):
        names = []
        take = ForText(lambda _, name: names.append(str(name)) or True)
        self.call("store_units_apply_f", ctypes.c_bool, self.store, ctypes.c_uint(0), None, take)
        return names

    def records(self, folder):
        """Of each file below the folder that is still there: the name of its newest record."""
        newest = {}
        for name in self.units():
            unit = self.call("unit_reader_create", Pointer, self.store, name.encode(), None)
            if not unit:
                continue
            file = str(self.call("unit_reader_get_main_file", Text, unit))
            if file.startswith(folder + "/") and os.path.exists(file):
                sec, nsec = ctypes.c_int64(), ctypes.c_int64()
                self.call("unit_reader_get_modification_time", None, unit, ctypes.byref(sec), ctypes.byref(nsec))
                record = self.record_of(unit, file)
                if record and (file not in newest or newest[file][0] < (sec.value, nsec.value)):
                    newest[file] = ((sec.value, nsec.value), record)
            self.call("unit_reader_dispose", None, unit)
        return {file: record for file, (_, record) in newest.items()}

    def record_of(self, unit, file):
        found = []

        def look(_, dependency):
            if self.call("unit_dependency_get_kind", ctypes.c_int, dependency) == DEPENDS_ON_RECORD:
                if str(self.call("unit_dependency_get_filepath", Text, dependency)) == file:
                    found.append(str(self.call("unit_dependency_get_name", Text, dependency)))
            return True

        self.call("unit_reader_dependencies_apply_f", ctypes.c_bool, unit, None, ForPointer(look))
        return found[0] if found else None

    def occurrences(self, record):
        """USR, name, roles and line of each place at which the file of the record says a symbol."""
        reader = self.call("record_reader_create", Pointer, self.store, record.encode(), None)
        places = []

        def look(_, occurrence):
            symbol = self.call("occurrence_get_symbol", Pointer, occurrence)
            line, column = ctypes.c_uint(), ctypes.c_uint()
            self.call(
                "occurrence_get_line_col", None, occurrence, ctypes.byref(line), ctypes.byref(column))
            places.append((
                str(self.call("symbol_get_usr", Text, symbol)), str(self.call("symbol_get_name", Text, symbol)),
                self.call("occurrence_get_roles", ctypes.c_uint64, occurrence), line.value))
            return True

        self.call("record_reader_occurrences_apply_f", ctypes.c_bool, reader, None, ForPointer(look))
        self.call("record_reader_dispose", None, reader)
        return places


def main():
    library, store, folder = sys.argv[1:]
    folder = os.path.realpath(folder)
    index = Index(library, store)
    for file, record in sorted(index.records(folder).items()):
        for usr, name, roles, line in index.occurrences(record):
            if roles & IMPLICIT:
                continue
            if roles & (DEFINITION | DECLARATION):
                print("declares", usr, name, os.path.relpath(file, folder), line, sep="\t")
            elif roles & REFERENCE:
                print("refers", usr, name, os.path.relpath(file, folder), line, sep="\t")


main()

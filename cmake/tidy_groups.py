#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Joins source files for clang-tidy, which looks through all the system's headers again for each file it is given.

usage: tidy_groups.py join BUILD_FOLDER LIST OUT_FOLDER
       tidy_groups.py name OUT_FOLDER < FINDINGS

LIST names files. Those of a folder that BUILD_FOLDER compiles with the same flags are joined, eight at most, in a file
of OUT_FOLDER. That holds their text and does not include them: much is found in a main file only (names nobody uses,
reserved names of macros). OUT_FOLDER gets a compile_commands.json; what clang-tidy is to read is printed. `name` puts
the files' own names and lines in what clang-tidy found.

Alone stay the files of BUILD_FOLDER/apart.list (spoutnik_apart in CMake), and those with a using-declaration or a macro,
which a neighbour could use in their place.
"""
import json
import os
import pathlib
import re
import shlex
import sys

together = 8
alone_with = re.compile(r"^\s*(using\s+(typename\s+)?(::)?\w+(::\w+)+\s*;|#\s*define\b)", re.MULTILINE)
mark = "// joined: "


def join(build: pathlib.Path, names: pathlib.Path, out: pathlib.Path) -> None:
    apart = set((build / "apart.list").read_text().split("\n"))
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob("*.cpp"):
        old.unlink()
    commands: dict[str, dict] = {}
    for command in json.loads((build / "compile_commands.json").read_text()):
        commands.setdefault(os.path.realpath(command["file"]), command)

    groups: dict[tuple, list[str]] = {}
    for name in names.read_text().split():
        file = os.path.realpath(name)
        if file not in commands:
            sys.exit(f"{name}: {build} does not compile it")
        command = commands[file]
        flags = shlex.split(command["command"])
        at = flags.index("-o")
        del flags[at:at + 2]
        flags.remove(command["file"])
        alone = file in apart or alone_with.search(pathlib.Path(file).read_text())
        key = (file if alone else os.path.dirname(file), command["directory"], *flags)
        groups.setdefault(key, []).append(file)

    entries = []
    for (_, directory, *flags), files in groups.items():
        parts = -(-len(files) // together)
        for part in range(parts):
            members = files[part::parts]
            read, options = members[0], flags
            if len(members) > 1:
                options = [*flags, "-Wno-shadow"]  # of a neighbour's names; g++ warns of a file's own in the build
                read = str(out.resolve() / f"{len(entries)}.cpp")
                texts = (f"{mark}{member}\n{pathlib.Path(member).read_text()}" for member in members)
                pathlib.Path(read).write_text("".join(texts))
            entries.append({"directory": directory, "file": read, "arguments": [*options, read]})
            print(read)
    (out / "compile_commands.json").write_text(json.dumps(entries))


def name(out: pathlib.Path) -> None:
    def own(found: re.Match) -> str:
        line = int(found[2])
        lines = pathlib.Path(found[1]).read_text().split("\n")
        for at in range(line - 1, -1, -1):
            if lines[at].startswith(mark):
                return f"{lines[at].removeprefix(mark)}:{line - 1 - at}:"
        return found[0]

    joined = re.compile(rf"({re.escape(str(out.resolve()))}/\d+\.cpp):(\d+):")
    for text in sys.stdin:
        sys.stdout.write(joined.sub(own, text))


if sys.argv[1] == "join":
    join(*(pathlib.Path(argument) for argument in sys.argv[2:5]))
else:
    name(pathlib.Path(sys.argv[2]))

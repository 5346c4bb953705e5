#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Renders the sources of jinja_cases.json again with jinja2 itself (3.1), set up as chat templates expect:
sandboxed, trim_blocks and lstrip_blocks on, loop controls, {% generation %}, tojson through json.dumps.
To add a case, put {"source": "..."} into the file and run this."""
import datetime
import json
import pathlib

import jinja2
import jinja2.ext
import jinja2.sandbox


class Generation(jinja2.ext.Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_body", []), [], [], body).set_lineno(line)

    def _body(self, caller):
        return caller()


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


environment = jinja2.sandbox.ImmutableSandboxedEnvironment(
    trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols])
environment.filters["tojson"] = tojson
environment.globals["raise_exception"] = raise_exception
noon = datetime.datetime(2026, 1, 2, 12, 0, 0)
environment.globals["strftime_now"] = noon.strftime

path = pathlib.Path(__file__).with_name("jinja_cases.json")
data = json.loads(path.read_text(encoding="utf-8"))
for case in data["cases"]:
    source = case["source"]
    case.clear()
    case["source"] = source
    try:
        case["text"] = environment.from_string(source).render(**data["variables"])
    except Exception as error:
        case["error"] = f"{type(error).__name__}: {error}"
rows = ",\n".join(json.dumps(case, ensure_ascii=False) for case in data["cases"])
path.write_text('{"variables": ' + json.dumps(data["variables"], ensure_ascii=False) + ',\n"cases": [\n' + rows + "\n]}\n",
                encoding="utf-8")

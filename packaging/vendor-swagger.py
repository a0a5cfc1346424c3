#!/usr/bin/env python3
"""Brings Swagger UI's stylesheet into a form that the pages' policy allows: its data: addresses become files beside it.

Usage: vendor-swagger.py SOURCE.css FOLDER. Writes FOLDER/swagger-ui.css and FOLDER/<hash>.svg, .png or .jpg for each image.
"""
import base64
import hashlib
import pathlib
import re
import sys
import urllib.parse

DATA_ADDRESS = re.compile(r"""url\(\s*(?:"(data:(?:[^"\\]|\\.)*)"|'(data:(?:[^'\\]|\\.)*)'|(data:[^)]*?))\s*\)""")
SOURCE_MAP = re.compile(r"/\*# sourceMappingURL=.*?\*/")


def image(address):
    """The bytes of a data: address and the ending that a file of them has."""
    head, _, content = address.removeprefix("data:").partition(",")
    kind, *options = head.split(";")
    ending = {"image/svg+xml": "svg", "image/png": "png", "image/jpeg": "jpg"}[kind]
    if "base64" in options:
        return base64.b64decode(content), ending
    unescaped = re.sub(r"\\(.)", r"\1", content)
    return urllib.parse.unquote(unescaped).encode(), ending


def main(source, folder):
    folder = pathlib.Path(folder)

    def moved(found):
        content, ending = image(next(part for part in found.groups() if part))
        name = f"{hashlib.sha256(content).hexdigest()[:12]}.{ending}"
        (folder / name).write_bytes(content)
        return f"url({name})"

    css = SOURCE_MAP.sub("", DATA_ADDRESS.sub(moved, pathlib.Path(source).read_text(encoding="utf-8")))
    if "data:" in css:
        sys.exit("a data: address is left")
    (folder / "swagger-ui.css").write_text(css.strip() + "\n", encoding="utf-8")


main(*sys.argv[1:])

"""Turns web/ and openapi.yaml into a C++ source with the console and the API page:
web_files.py WEB openapi.yaml OUT.cpp

Every file but the two pages gets a name that changes with its content, so that browsers may keep
it. The names in modules and pages are replaced by these; nothing else is rewritten or bundled.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
import sys
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import api_page
import embed
import yaml

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
# Pages by the file that they are made of.
PAGES = {"console.html": "/", "docs.html": "/docs"}
# A module that another needs to run, or loads when it needs it.
IMPORT = re.compile(r'\b(from |import\()"(\.{1,2}/[\w./-]+\.js)"')
REFERENCE = re.compile(r'(?<=(?:href|[ ]src)=")([\w-]+\.(?:css|js|svg))(?=")')
TAG_LENGTH = 22


@dataclass(frozen=True)
class Page:
    """One file as it is served."""

    path: str
    type: str
    text: bytes

    @property
    def tag(self) -> str:
        return tag_of(self.text)

    @property
    def compressed(self) -> bytes:
        return gzip.compress(self.text, 9, mtime=0)


def tag_of(text: bytes) -> str:
    """As the ETag of an item is written."""
    return base64.urlsafe_b64encode(hashlib.sha256(text).digest()).decode()[:TAG_LENGTH]


class Site:
    """The pages, made of the files that they name, directly or not."""

    def __init__(self, web: Path, document: dict[str, object]) -> None:
        self._web = web
        self._document = document
        self._made: dict[str, Page] = {}
        # The modules that a module needs to run.
        self._needed: dict[str, list[str]] = {}
        self.pages = [*map(self._page, PAGES), *self._made.values()]

    def _asset(self, name: str) -> str:
        """The path under which this file of web/ is served."""
        if name not in self._made:
            text = (self._web / name).read_text(encoding="utf-8")
            if name.endswith(".js"):
                text = self._with_imports(name, text)
            if name.endswith(".css"):  # what the pages have in common, in the same file
                text = (self._web / "base.css").read_text(encoding="utf-8") + text
            stem, suffix = PurePosixPath(name).stem, PurePosixPath(name).suffix
            data = text.encode()
            path = f"/ui/{stem}.{tag_of(data)[:12]}{suffix}"
            self._made[name] = Page(path, TYPES[suffix], data)
        return self._made[name].path

    def _with_imports(self, name: str, text: str) -> str:
        folder = self._web / PurePosixPath(name).parent
        needed = self._needed.setdefault(name, [])

        def served(found: re.Match[str]) -> str:
            other = (folder / found[2]).resolve().relative_to(self._web.resolve()).as_posix()
            path = self._asset(other)
            if found[1] == "from ":
                add(needed, [*self._needed[other], other])
            return f'{found[1]}"{path}"'

        return IMPORT.sub(served, text)

    def _page(self, name: str) -> Page:
        head = (self._web / "head.html").read_text(encoding="utf-8")
        text = (self._web / name).read_text(encoding="utf-8").replace("<!-- head -->\n", head)
        icon = (self._web / "icon.svg").read_text(encoding="utf-8")
        text = text.replace("<!-- icon -->", icon.strip())
        if name == "docs.html":
            text = api_page.filled(text, self._document)
        named: list[str] = []

        def served(found: re.Match[str]) -> str:
            path = self._asset(found[1])
            add(named, [found[1]])
            return path

        text = REFERENCE.sub(served, text)
        needed: list[str] = []
        for one in named:
            add(needed, self._needed.get(one, []))
        # Without these, the browser learns of a module only from the one that imports it.
        links = "".join(
            f'<link rel="modulepreload" href="{self._asset(one)}">\n'
            for one in needed
            if one not in named
        )
        return Page(
            PAGES[name], TYPES[".html"], text.replace("</head>", f"{links}</head>").encode()
        )


def add(known: list[str], more: list[str]) -> None:
    """Those of `more` that are not known yet."""
    known.extend(one for one in dict.fromkeys(more) if one not in known)


ROW = """    {{"{page.path}",
     "{page.type}",
     {{reinterpret_cast<const char*>(kText{number}), sizeof kText{number}}},
     "{page.tag}"}},"""


def cpp_source(pages: list[Page]) -> str:
    numbered = list(enumerate(pages))
    arrays = [embed.array(f"kText{number}", page.compressed) for number, page in numbered]
    rows = [ROW.format(page=page, number=number) for number, page in numbered]
    table = "\n".join(["const WebFile kFiles[] = {", *rows, "};"])
    function = "std::span<const WebFile> web_files() { return kFiles; }"
    return embed.source("api/web_files.h", [*arrays, table], function)


def main() -> None:
    web, description, target = map(Path, sys.argv[1:])
    document = yaml.safe_load(description.read_text(encoding="utf-8"))
    target.write_text(cpp_source(Site(web, document).pages))


if __name__ == "__main__":
    main()

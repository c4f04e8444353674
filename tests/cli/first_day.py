"""Files as people have them when they try Picus for the first time."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import sqlite3
import struct
import subprocess
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROWS = [
    {"id": f"planet-{n}", "name": f"Planet {n} ü", "moons": [n, {"big": n > 2}]} for n in range(5)
]
NUMBERED = [{"id": n, "name": f"Planet {n}"} for n in range(5)]
LINES = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS)
PRETTY = json.dumps(ROWS, indent=2)


@dataclass(frozen=True)
class Taken:
    """A file whose items are imported."""

    name: str
    content: bytes
    what: str  # how it is recognised
    items: int
    failed: int = 0
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refused:
    """A file that is refused with a sentence that has all of these words."""

    name: str
    content: bytes
    words: tuple[str, ...]


def zstd(content: bytes, *options: str) -> bytes:
    return subprocess.run(
        ["zstd", "-q", "-c", *options], input=content, capture_output=True, check=True
    ).stdout


def archive_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("items.json", PRETTY)
    return out.getvalue()


def archive_tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as file:
        entry = tarfile.TarInfo("items.json")
        entry.size = len(LINES.encode())
        file.addfile(entry, io.BytesIO(LINES.encode()))
    return out.getvalue()


def sqlite(directory: Path) -> bytes:
    path = directory / "made.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("create table planets (id text, name text)")
    database.close()
    return path.read_bytes()


def lmdb_head() -> bytes:
    """The first page as LMDB writes it: a page header, then the magic number and the version."""
    return struct.pack("<QHHI", 0, 0, 8, 0) + struct.pack("<II", 0xBEEFC0DE, 1) + bytes(4072)


def bson() -> bytes:
    body = (
        b"\x02name\x00" + struct.pack("<i", 5) + b"Moon\x00" + b"\x10n\x00" + struct.pack("<i", 7)
    )
    return struct.pack("<i", len(body) + 5) + body + b"\x00"


def attributes(row: Mapping[str, object]) -> dict[str, object]:
    return {"id": {"S": row["id"]}, "name": {"S": row["name"]}}


def taken() -> list[Taken]:
    pretty_objects = "\n".join(json.dumps(row, indent=4) for row in ROWS)
    mongo = "".join(json.dumps({"_id": {"$oid": f"5f{n:022x}"}, "n": n}) + "\n" for n in range(5))
    bad_line = LINES + '{"id":"bad","n":NaN}\n'
    bad_first = '{"id":"bad",}\n' + LINES
    bad_element = json.dumps(ROWS).replace("[1, ", "[NaN, ")
    pages = json.dumps(ROWS[:2]) + "\n" + json.dumps(ROWS[2:]) + "\n[]\n"
    wrapped = json.dumps({"total": 5, "results": ROWS}, indent=2)
    sequence = "".join("\x1e" + json.dumps(row) + "\n" for row in ROWS)
    ids = ("--id-from", "id")
    return [
        Taken("items.ndjson", LINES.encode(), "NDJSON", 5),
        Taken("items.jsonl", LINES.rstrip().encode(), "NDJSON", 5),
        Taken("windows.ndjson", LINES.replace("\n", "\r\n").encode(), "NDJSON", 5),
        Taken("blank-lines.ndjson", LINES.replace("\n", "\n\n").encode(), "NDJSON", 5),
        Taken("bom.ndjson", b"\xef\xbb\xbf" + LINES.encode(), "NDJSON", 5),
        Taken("array.json", json.dumps(ROWS).encode(), "a JSON array", 5),
        Taken("pretty.json", PRETTY.encode(), "a JSON array", 5),
        Taken("pretty-windows.json", PRETTY.replace("\n", "\r\n").encode(), "a JSON array", 5),
        Taken("pretty-bom.json", b"\xef\xbb\xbf" + PRETTY.encode(), "a JSON array", 5),
        Taken(
            "line-each.json",
            f"[\n{LINES.strip()}\n]".replace("}\n{", "},\n{").encode(),
            "a JSON array",
            5,
        ),
        Taken("pages.json", pages.encode(), "a JSON array", 5),
        Taken("empty-array.json", b"[]\n", "a JSON array", 0),
        Taken("jq.json", pretty_objects.encode(), "JSON objects", 5),
        Taken("glued.json", LINES.replace("\n", "").encode(), "JSON objects", 5),
        Taken("one-pretty.json", json.dumps(ROWS[0], indent=2).encode(), "one JSON object", 1),
        Taken("one-line.json", json.dumps(ROWS[0]).encode(), "NDJSON", 1),
        Taken("sequence.json-seq", sequence.encode(), "a JSON text sequence", 5),
        Taken("wrapped.json", wrapped.encode(), """jq -c '.["results"][]' wrapped.json""", 1),
        Taken("items.ndjson.gz", gzip.compress(LINES.encode()), "NDJSON, gzip", 5),
        Taken("pretty.json.gz", gzip.compress(PRETTY.encode()), "a JSON array, gzip", 5),
        Taken("padded.gz", gzip.compress(LINES.encode()) + bytes(1000), "NDJSON, gzip", 5),
        Taken("no-suffix", gzip.compress(PRETTY.encode()), "a JSON array, gzip", 5),
        Taken("items.ndjson.zst", zstd(LINES.encode()), "NDJSON, zstd", 5),
        Taken("pretty.json.zst", zstd(PRETTY.encode()), "a JSON array, zstd", 5),
        Taken("empty.json", b"", "empty: there is nothing to import", 0),
        Taken("blank.json", b"\n \n", "empty: there is nothing to import", 0),
        Taken("no-ids.json", json.dumps([{"n": n} for n in range(3)]).encode(), "a JSON array", 3),
        Taken("numbers.json", json.dumps(NUMBERED).encode(), "a JSON array", 5, options=ids),
        Taken("numbers-plain.json", json.dumps(NUMBERED).encode(), "a JSON array", 0, 5),
        Taken("mongoexport.json", mongo.encode(), "NDJSON", 5, options=("--id-from", "_id")),
        Taken("bad-line.ndjson", bad_line.encode(), "NDJSON", 5, 1),
        Taken("bad-first.ndjson", bad_first.encode(), "NDJSON", 5, 1),
        Taken("bad-element.json", bad_element.encode(), "a JSON array", 4, 1),
        Taken("cut.json", PRETTY[:-20].encode(), "a JSON array", 4, 1),
        Taken("trailing-comma.json", (PRETTY[:-2] + ",\n]").encode(), "a JSON array", 5, 1),
    ]


def refused(directory: Path) -> list[Refused]:
    typed = "".join(json.dumps({"Item": attributes(row)}) + "\n" for row in ROWS)
    scan = json.dumps({"Items": [attributes(r) for r in ROWS], "Count": 5, "ScannedCount": 5})
    actions = "".join(
        json.dumps({"index": {"_index": "x", "_id": row["id"]}}) + "\n" + json.dumps(row) + "\n"
        for row in ROWS
    )
    rows = [("id", "name", "moons"), *((r["id"], "Planet, maybe", "2") for r in ROWS)]
    return [
        Refused("planets.csv", b"id,name,moons\na,Mars,2\n", ("CSV", "mlr --icsv", "planets.csv")),
        Refused(
            "quoted.csv",
            "\n".join(",".join(f'"{c}"' for c in r) for r in rows).encode(),
            ("CSV", "mlr --icsv"),
        ),
        Refused("excel.csv", b"\xef\xbb\xbfid;name\r\na;Mars\r\n", ('CSV with ";"', "--ifs ';'")),
        Refused("planets.tsv", b"id\tname\na\tMars\n", ("TSV", "mlr --itsv")),
        Refused("planets.xml", b'<?xml version="1.0"?>\n<planets/>\n', ("XML",)),
        Refused("download.json", b"<!DOCTYPE html>\n<html></html>", ("an HTML page", "download")),
        Refused("planets.yaml", b"- id: a\n  name: Mars\n", ("YAML", "yq")),
        Refused("config.yml", b"name: Mars\nmoons: 2\n", ("YAML", "yq")),
        Refused("document.yaml", b"---\nname: Mars\n", ("YAML", "yq")),
        Refused("deals.csv", b"Create Date,Amount\n2026-11-29,5\n", ("CSV", "mlr --icsv")),
        Refused("ships.csv", b"import date,port\n2026-11-29,Hamburg\n", ("CSV", "mlr --icsv")),
        Refused("set.sql", b"SET NAMES utf8mb4;\nCREATE TABLE t (id int);\n", ("an SQL dump",)),
        Refused("settings.toml", b"[planets]\nname = 1\n", ("INI or TOML",)),
        Refused("dump.sql", b"-- dump\nCREATE TABLE t (id int);\n", ("an SQL dump", "sqlite3")),
        Refused("insert.sql", b"INSERT INTO t VALUES (1);\n", ("an SQL dump",)),
        Refused("planets.sqlite", sqlite(directory), ("an SQLite database", "sqlite3 -json")),
        Refused("planets.parquet", b"PAR1" + bytes(20) + b"PAR1", ("Parquet", "duckdb")),
        Refused("planets.zip", archive_zip(), ("a zip archive", "unzip -p planets.zip")),
        Refused("planets.tar", archive_tar(), ("a tar archive", "tar -xOf")),
        Refused("planets.tar.gz", gzip.compress(archive_tar()), ("a tar archive",)),
        Refused("planets.xz", lzma.compress(LINES.encode()), ("xz", "xz -dc planets.xz")),
        Refused("planets.bz2", bz2.compress(LINES.encode()), ("bzip2", "bzip2 -dc planets.bz2")),
        Refused(
            "long.zst",
            zstd(LINES.encode(), "--ultra", "--long=31"),
            ("too much memory", "zstd -dc --long=31 FILE"),
        ),
        Refused("twice.gz", gzip.compress(gzip.compress(LINES.encode())), ("gzip inside",)),
        Refused("planets.bson", bson(), ("BSON", "bsondump", "--id-from _id")),
        Refused("dump.archive", b"\x6d\xe2\x99\x81" + bytes(40), ("a MongoDB archive",)),
        Refused("data.mdb", lmdb_head(), ("an LMDB file", "picus restore")),
        Refused("utf16.json", LINES.encode("utf-16"), ("UTF-16", "iconv -f UTF-16 ")),
        Refused("utf16le.json", PRETTY.encode("utf-16-le"), ("UTF-16", "iconv -f UTF-16LE")),
        Refused("utf16be.json", PRETTY.encode("utf-16-be"), ("UTF-16", "iconv -f UTF-16BE")),
        Refused("utf32.json", PRETTY.encode("utf-32"), ("UTF-32", "iconv")),
        Refused("latin1.ndjson", LINES.encode("latin-1"), ("not UTF-8", "iconv -f WINDOWS-1252")),
        Refused("export.json", typed.encode(), ("DynamoDB JSON", "picus export --table")),
        Refused("scan.json", scan.encode(), ("DynamoDB JSON", "picus export --table")),
        Refused("bulk.json", actions.encode(), ("Elasticsearch", "jq")),
        Refused("number.json", b"42\n", ("a JSON number", 'as in {"id":"a"}')),
        Refused("string.json", b'"moon"\n', ("a JSON string",)),
        Refused("null.json", b"null", ("a JSON null",)),
        Refused("strings.json", b'["a", "b"]', ("a JSON array of strings",)),
        Refused("matrix.json", b"[[1, 2], [3, 4]]", ("a JSON array of arrays",)),
        Refused("python.txt", b"{'id': 'a', 'ok': True}\n", ("Python or JavaScript", "json.dumps")),
        Refused("data.js", b'export default [{"id": "a"}]\n', ("JavaScript", "JSON.stringify")),
        Refused("object.js", b'{id: "a"}\n', ("Python or JavaScript",)),
        Refused("comments.jsonc", b'// planets\n[{"id": "a"}]\n', ("JSON with comments",)),
        Refused("commas.json", LINES.replace("\n", ",\n").encode(), ("commas between them",)),
        Refused("headers.txt", b"HTTP/1.1 200 OK\r\n\r\n[]", ("an HTTP response", "-i")),
        Refused("events.txt", b'data: {"id":"a"}\n\n', ("an event stream", "sed")),
        Refused("notes.txt", b"Mars has two moons\n", ("plain text",)),
        Refused("broken.json", b'{"id": "a" "n": 1}\n', ("malformed in line 1",)),
        Refused("noise.bin", bytes(range(32)) * 8, ("binary data",)),
    ]

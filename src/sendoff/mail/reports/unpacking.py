"""Unpack a report that came as gzip or zip, within bounds. It never unpacks twice or to a disk."""

import io
import lzma
import zipfile
import zlib

from sendoff.lib.errors import PlainError

MAX_PACKED = 16 * 1024 * 1024  # bytes; RFC 7489 7.2.1.1 lets a domain ask for less, 10 MB is usual
MAX_PLAIN = 32 * 1024 * 1024  # bytes; about 30,000 rows of an aggregate report
MAX_ENTRIES = 64  # of a zip, before anything of it is read
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_MEGABYTE = 1024 * 1024


class ReportError(PlainError, ValueError):
    """A report cannot be read; the message is one sentence that says why."""


def is_packed(data: bytes) -> bool:
    """Whether the bytes are a gzip or a zip, by how they begin."""
    return data.startswith((_GZIP, _ZIP))


def unpack(data: bytes) -> bytes:
    """The report itself. ReportError where it is broken, empty, too large or packed twice."""
    if len(data) > MAX_PACKED and is_packed(data):
        raise ReportError(_larger("packed report", MAX_PACKED))
    if data.startswith(_GZIP):
        plain = _gunzipped(data)
    elif data.startswith(_ZIP):
        plain = _unzipped(data)
    else:
        plain = data
    if len(plain) > MAX_PLAIN:
        raise ReportError(_larger("report", MAX_PLAIN))
    if plain is not data and is_packed(plain):
        raise ReportError("The report is packed twice, as only bombs are; it was not unpacked.")
    return plain


def _gunzipped(data: bytes) -> bytes:
    """All members of a gzip, at most a byte more than we take."""
    pieces, room = [], MAX_PLAIN + 1
    while data.startswith(_GZIP) and room > 0:
        member = zlib.decompressobj(wbits=31)
        try:
            pieces.append(member.decompress(data, room))
        except zlib.error:
            raise ReportError("The report is a damaged gzip file, so nothing was read.") from None
        room -= len(pieces[-1])
        if not member.eof and room > 0:
            raise ReportError("The report is a gzip file that was cut off, so nothing was read.")
        data = member.unused_data
    return b"".join(pieces)


def _unzipped(data: bytes) -> bytes:
    """The one report in a zip, at most a byte more than we take, whatever the zip says of it."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open(_only(archive)) as file:
            return file.read(MAX_PLAIN + 1)
    except ReportError:
        raise
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError):
        raise ReportError("The report is a damaged zip file, so nothing was read.") from None
    except NotImplementedError:
        raise ReportError("The report is packed in a way that zip readers do not know.") from None
    except RuntimeError:
        raise ReportError("The report is a zip file with a password, so it was not read.") from None


def _only(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """The report among the files of a zip; some add a signature or a folder."""
    files = [info for info in archive.infolist() if not info.is_dir()]
    if len(files) > MAX_ENTRIES:
        raise ReportError(f"The zip holds {len(files):,} files, not one report; it was not read.")
    reports = [info for info in files if info.filename.lower().endswith((".xml", ".json"))]
    if len(reports) > 1 or not files:
        raise ReportError(f"The zip holds {len(reports)} reports instead of one; it was not read.")
    return (reports or files)[0]


def _larger(what: str, limit: int) -> str:
    return f"The {what} is larger than {limit // _MEGABYTE} MB, so it was not read."

"""What a file is by its first bytes, whatever its name says: so that a refusal gives the true reason."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from assets.reading.errors import DeliveryBrokenError

_HEAD: Final = 4096
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_ARCHIVES: Final = (b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"(\xb5/\xfd")
_ZIP: Final = b"PK\x03\x04"
_PARQUET: Final = b"PAR1"
_MARKUP: Final = re.compile(rb"\s*<(\?xml|!doctype|html|table|meta|workbook|!--|[a-z]+:workbook)", re.IGNORECASE)
_MARKS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_OF_FORM: Final = {"xlsx": _ZIP, "parquet": _PARQUET}


def told_by_content(path: Path) -> DeliveryBrokenError | None:
    """Why a file is no table in any of the four forms, as far as its first bytes tell; None where they do not. OSError."""
    if path.is_dir():
        return DeliveryBrokenError("folder")
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
        if head.startswith(_OLE):
            is_locked = _ENCRYPTED in head or _ENCRYPTED in stream.read(1 << 24)
            return DeliveryBrokenError("password" if is_locked else "old_excel")
    if head.startswith(_ARCHIVES) or (head.startswith(_ZIP) and path.suffix.lower() == ".zip"):
        return DeliveryBrokenError("archive")
    for mark in _MARKS:
        head = head.removeprefix(mark)
    return DeliveryBrokenError("html_or_xml") if _MARKUP.match(head.replace(b"\x00", b"")) else None


def require_form(path: Path, form: str) -> None:
    """Raises DeliveryBrokenError where the first and last bytes are not those of the form that the name announces."""
    told = told_by_content(path)
    if told is not None:
        raise told
    size = path.stat().st_size
    if size == 0:
        raise DeliveryBrokenError("empty")
    with path.open("rb") as stream:
        head = stream.read(len(_ZIP))
        stream.seek(max(0, size - 65_557))  # as far back as the end of an archive may begin
        tail = stream.read()
    signature = _OF_FORM.get(form)
    found = next((name for name, own in _OF_FORM.items() if head.startswith(own)), None)
    if signature is None and found is not None:
        raise _not_as_named(found)
    if signature is not None and not head.startswith(signature):
        raise _not_as_named(found)
    directory = tail.rfind(b"PK\x05\x06")
    is_cut = {"xlsx": directory < 0 or len(tail) - directory < 22, "parquet": not tail.endswith(_PARQUET)}
    if is_cut.get(form, False):
        raise DeliveryBrokenError("truncated")


def _not_as_named(found: str | None) -> DeliveryBrokenError:
    if found is None:
        return DeliveryBrokenError("unreadable", "内容不是扩展名所说的格式", "it is not what its ending says")
    return DeliveryBrokenError("unreadable", f"内容像是 .{found}", f"it looks like .{found}")

"""Serves the built console. Every path that is no file of it is a page of its own, and gets the one document."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

from litestar import Controller, Request, Response, get
from litestar.params import PathParameter
from litestar.status_codes import HTTP_200_OK, HTTP_404_NOT_FOUND, HTTP_503_SERVICE_UNAVAILABLE

from yihao.people.guard import PUBLIC

BUILT: Final = Path(__file__).with_name("built")
DOCUMENT: Final = "index.html"
TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""Scripts of our own alone. Inline styles: the component library writes positions and widths into elements."""
FOREVER: Final = "public, max-age=31536000, immutable"
"""Files under ``assets`` carry a digest of their content in their names."""
MISSING: Final = (
    "<!DOCTYPE html><html lang='zh-CN'><meta charset='utf-8'><title>12345</title><h1>工作台尚未构建</h1>"
    "<p>请在安装目录执行 sh tools/console.sh 后重新启动。The console has not been built: run sh tools/console.sh, "
    "then start again.</p></html>"
)


class File(NamedTuple):
    """A built file and its packed form."""

    media_type: str
    plain: bytes
    packed: bytes


def file_at(path: str) -> File | None:
    """The built file of that path below the console's root, or ``None``."""
    return _read(BUILT, path, _built_at())


def _built_at() -> int:
    """Changes with every build: a server that runs on goes over to the new one."""
    try:
        return (BUILT / DOCUMENT).stat().st_mtime_ns
    except FileNotFoundError:
        return 0


@lru_cache(maxsize=1024)
def _read(root: Path, path: str, built_at: int) -> File | None:
    if path not in _names(root, built_at):
        return None
    file = root / path
    packed = file.with_name(file.name + ".gz")
    try:
        return File(TYPES[file.suffix], file.read_bytes(), packed.read_bytes() if packed.is_file() else b"")
    except FileNotFoundError:  # a build under way
        return None


@lru_cache(maxsize=2)
def _names(root: Path, built_at: int) -> frozenset[str]:
    found = (file for file in root.rglob("*") if file.suffix in TYPES)
    return frozenset(file.relative_to(root).as_posix() for file in found)


class ConsolePages(Controller):
    """The staff console."""

    path = "/console"
    include_in_schema = False
    # Nothing of anybody's is in it; what it shows it asks of the API.
    opt: dict[str, Any] = {PUBLIC: True}  # noqa: RUF012 - Litestar reads it from the class

    @get(["/", "/{path:path}"], name="console", sync_to_thread=False)
    def page(
        self, request: Request[Any, Any, Any], path: Annotated[str, PathParameter(max_length=200)] = ""
    ) -> Response[bytes]:
        """A file of the console, else its document."""
        wanted = path.removeprefix("/")
        found = file_at(wanted) if wanted else None
        if found is None and wanted.startswith("assets/"):  # of an older build: the page must load itself anew
            return Response(b"", status_code=HTTP_404_NOT_FOUND, media_type="text/plain")
        shown = found or file_at(DOCUMENT)
        if shown is None:
            return Response(MISSING.encode(), status_code=HTTP_503_SERVICE_UNAVAILABLE, media_type=TYPES[".html"])
        headers = {"vary": "accept-encoding"}
        headers["cache-control"] = FOREVER if wanted.startswith("assets/") else "no-cache"
        if shown.media_type == TYPES[".html"]:
            headers["content-security-policy"] = POLICY
        content = shown.plain
        if shown.packed and "gzip" in request.headers.get("accept-encoding", ""):
            headers["content-encoding"] = "gzip"
            content = shown.packed
        return Response(content, status_code=HTTP_200_OK, media_type=shown.media_type, headers=headers)

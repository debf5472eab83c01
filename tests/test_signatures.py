"""What campaigns sign stands before receivers' own programs: OpenDKIM and rspamd, RSA and Ed25519.

A real, composed message; real programs from Debian; DNS is a file or a name server on loopback.
"""

import asyncio
import json
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import dkim as dkimpy
import pytest

from sendoff.campaigns.composer import Composer
from sendoff.campaigns.content import compile_content
from sendoff.campaigns.identity import Identity, Recipient
from sendoff.lib import clock
from sendoff.mail import dkim
from sendoff.mail.auth import dkim as verifying
from sendoff.mail.auth import message
from sendoff.mail.auth.zone import Zone
from sendoff.smtp.tests import nameserver

OPENDKIM = "/usr/sbin/opendkim"
RSPAMD = shutil.which("rspamd") or ""
PAGE = '<p>Hi {{ first_name }}, it is ünusual</p><a href="https://a.test/?x=1&y">See</a>'
PATIENCE_S = 60  # rspamd compiles its patterns first

pytestmark = pytest.mark.server


@dataclass(frozen=True)
class Signed:
    """Messages by the keys that signed them, and the records that prove it."""

    messages: dict[str, bytes]
    records: dict[str, str]


@pytest.fixture(scope="module")
def signed() -> Signed:
    rsa, rsa_record = dkim.generate_rsa_key()
    ed, ed_record = dkim.generate_ed25519_key()
    first = Identity(
        from_name="Ana's Shop", from_email="ana@shop.test", reply_to="hello@shop.test",
        sending_domain="shop.test", keys=(("r1", dkim.load_key(rsa)),),
        return_path_domain="bounce.shop.test", base_url="https://t.shop.test",
        list_id="customers.shop.test", list_name="Customers", unsubscribe_domain="shop.test",
        feedback_id=("7", "shop", "news", "sendoff"), token_key=b"k" * 32,
    )  # fmt: skip
    second = ("e1", dkim.load_key(ed))
    content = compile_content("html", PAGE, subject="Ünusual news", fields={"first_name"})
    ben = Recipient(campaign=7, seq=3, email="ben@mail.test", dated_ms=clock.now_ms(),
                    fields={"first_name": "Bén & <Co>"})  # fmt: skip
    identities = {
        "r1": first,
        "e1": replace(first, keys=(second,)),
        "r1 e1": replace(first, keys=(*first.keys, second)),
    }
    return Signed(
        messages={
            name: bytes(Composer(content, who).compose(ben).data)
            for name, who in identities.items()
        },
        records={"r1._domainkey.shop.test": rsa_record, "e1._domainkey.shop.test": ed_record},
    )


KEYS = pytest.mark.parametrize("keys", ["r1", "e1", "r1 e1"])


def changed(data: bytes) -> bytes:
    assert b"See" in data
    return data.replace(b"See", b"Sea")


@KEYS
def test_our_own_verifier_and_dkimpy_take_them_for_genuine(signed: Signed, keys: str) -> None:
    data = signed.messages[keys]
    zone = Zone({name: [{"type": "TXT", "value": v}] for name, v in signed.records.items()})
    verdicts = asyncio.run(verifying.verify(message.parse(data), zone, clock.now()))
    assert [(v.selector, v.result) for v in verdicts] == [(s, "pass") for s in keys.split()]
    known = {f"{name}.".encode(): value.encode() for name, value in signed.records.items()}
    for n in range(len(keys.split())):
        look_up = lambda name, timeout=5: known.get(name)  # noqa: E731 - dkimpy's own shape
        assert dkimpy.DKIM(data).verify(idx=n, dnsfunc=look_up)
        with pytest.raises(dkimpy.ValidationError, match="body hash"):
            dkimpy.DKIM(changed(data)).verify(idx=n, dnsfunc=look_up)


@pytest.mark.skipif(not Path(OPENDKIM).exists(), reason="opendkim is not installed: bin/packages")
@KEYS
def test_opendkim_takes_them_for_genuine(signed: Signed, keys: str, tmp_path: Path) -> None:
    records = tmp_path / "records"
    records.write_text("".join(f"{name} {value}\n" for name, value in signed.records.items()))
    conf = tmp_path / "opendkim.conf"
    conf.write_text(f"Mode v\nTestPublicKeys {records}\nSyslog no\nOn-BadSignature accept\n")

    def said(data: bytes) -> str:
        mail = tmp_path / "mail.eml"
        mail.write_bytes(data)
        call = [OPENDKIM, "-x", str(conf), "-vv", "-t", str(mail)]
        done = subprocess.run(call, capture_output=True, text=True, timeout=60)
        return done.stdout + done.stderr

    good, bad = said(signed.messages[keys]), said(changed(signed.messages[keys]))
    for selector in keys.split():
        results = [line for line in good.splitlines() if f"header.s={selector}" in line]
        assert [line.split()[0] for line in results] == ["dkim=pass"], good
    assert "dkim=pass" not in bad


@pytest.fixture(scope="module")
def rspamd(signed: Signed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a real rspamd answers that knows DKIM alone and asks our name server alone."""
    folder, port = tmp_path_factory.mktemp("rspamd"), free_port()
    (folder / "suffixes").write_text("test\n")  # the usual list takes it half a minute to compile
    zone = {name: nameserver.text(value) for name, value in signed.records.items()}
    with nameserver.serving_beside(zone) as server:
        conf = folder / "rspamd.conf"
        conf.write_text(CONF.format(folder=folder, names=server.address, port=port))
        call = [RSPAMD, "-f", "-i", f"--var=DBDIR={folder}", f"--var=RUNDIR={folder}", "-c", conf]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(call, stdout=log, stderr=log)
        try:
            await_port(port, process, folder / "log")
            yield f"http://127.0.0.1:{port}/checkv2"
        finally:
            process.terminate()
            process.wait(timeout=20)


CONF = """
options {{
  filters = "dkim"; pidfile = "{folder}/pid"; tempdir = "{folder}"; hs_cache_dir = "{folder}";
  control_socket = "{folder}/control mode=0600"; url_tld = "{folder}/suffixes";
  disable_hyperscan = true; local_addrs = [];
  dns {{ nameserver = ["{names}:1"]; timeout = 5s; }}
}}
logging {{ type = "console"; level = "notice"; }}
actions {{ reject = 100; }}
group "dkim" {{ symbols = {{ "R_DKIM_ALLOW" {{ weight = -1; }} }} }}
worker "normal" {{ bind_socket = "127.0.0.1:{port}"; count = 1; }}
dkim {{ trusted_only = false; }}
"""


@pytest.mark.skipif(not RSPAMD, reason="rspamd is not installed: bin/packages")
@KEYS
def test_rspamd_takes_them_for_genuine(signed: Signed, keys: str, rspamd: str) -> None:
    def symbols(data: bytes) -> dict[str, Any]:
        asked = urllib.request.Request(rspamd, data, {"IP": "203.0.113.9"})
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return dict(json.load(answer)["symbols"])

    found = symbols(signed.messages[keys])
    assert found["R_DKIM_ALLOW"]["options"] == [f"shop.test:s={s}" for s in keys.split()]
    assert "R_DKIM_ALLOW" not in symbols(changed(signed.messages[keys]))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def await_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    pytest.fail(f"rspamd did not come up: {log.read_text()[-2000:]}")

"""Google and Microsoft as they answer, on loopback: tokens for signed claims, figures, a feed."""

import base64
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from sendoff.lib import clock

TOKEN = "ya29.a-token"
ROBOT = "robot@project.iam.gserviceaccount.test"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_ON = f"{clock.at(clock.now_ms() - 2 * 86_400_000):%m/%d/%Y}"
FEED = (
    f"192.0.2.10,{_ON} 10:00 AM,{_ON} 7:00 PM,1895,1894,1890,GREEN,< 0.1%,,,0,,,\r\n"
    f"192.0.2.11,{_ON} 1:00 AM,{_ON} 7:00 PM,20,20,20,RED,1.2%,"
    f'{_ON} 2:00 AM,{_ON} 3:00 AM,3,mail.shop.test,ana@shop.test,"a, b"\r\n'
)


class Others:
    """What they know, and what they were asked. `domains`: figures by domain, day and metric."""

    def __init__(self) -> None:
        self.domains: dict[str, dict[tuple[int, int, int], dict[str, float]]] = {}
        self.feed: bytes | None = FEED.encode()
        self.instead: dict[str, tuple[int, bytes]] = {}  # an answer to a path that ends so
        self.asked: list[tuple[str, dict]] = []
        self.port = 0

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def link(self) -> str:
        return f"{self.api}/snds/data.aspx?key=a-secret-key"

    def key(self, **changes: str) -> str:
        """The JSON file of the robot account."""
        pem = KEY.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        told = {
            "type": "service_account",
            "client_email": ROBOT,
            "private_key": pem.decode(),
            "private_key_id": "k1",
            "token_uri": f"{self.api}/token",
        }
        return json.dumps(told | changes)

    def answer(self, path: str, body: bytes, authorization: str) -> tuple[int, bytes]:
        for end, answer in self.instead.items():
            if path.endswith(end):
                return answer
        if path == "/token":
            return self._token(body)
        if path.startswith("/snds/"):
            known = self.feed is not None and path.endswith("?key=a-secret-key")
            return (200, self.feed) if known else (401, b"")
        return self._api(path, body, authorization)

    def _api(self, path: str, body: bytes, authorization: str) -> tuple[int, bytes]:
        if authorization != f"Bearer {TOKEN}":
            return 401, b'{"error": {"code": 401, "message": "Request had no credentials."}}'
        domain = path.split("/")[3]
        if domain not in self.domains:
            return 403, b'{"error": {"code": 403, "message": "The caller has no permission"}}'
        if path.endswith("/complianceStatus"):
            return 200, json.dumps(COMPLIANCE).encode()
        asked = json.loads(body)
        self.asked.append((domain, asked))
        return 200, json.dumps(self._stats(domain, asked)).encode()

    def _token(self, body: bytes) -> tuple[int, bytes]:
        """Believes nobody but the robot, and only for an hour."""
        told = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        signed, _, signature = told["assertion"].rpartition(".")
        KEY.public_key().verify(_read(signature), signed.encode(), padding.PKCS1v15(), SHA256())
        head, claims = (json.loads(_read(part)) for part in signed.split("."))
        assert head == {"alg": "RS256", "typ": "JWT", "kid": "k1"}
        assert told["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
        assert (claims["iss"], claims["aud"]) == (ROBOT, f"{self.api}/token")
        assert claims["exp"] - claims["iat"] == 3600
        assert "postmaster.traffic.readonly" in claims["scope"]
        return 200, json.dumps({"access_token": TOKEN, "expires_in": 3600}).encode()

    def _stats(self, domain: str, asked: dict) -> dict:
        """A page a day, as the real one pages by its own measure."""
        days = sorted(self.domains[domain])
        at = int(asked.get("pageToken", 0))
        year, month, day = days[at]
        rows = [
            {
                "name": f"domains/{domain}/domainStats/x{n}",
                "metric": metric,
                "date": {"year": year, "month": month, "day": day},
                "value": {"doubleValue": rate},
            }
            for n, (metric, rate) in enumerate(self.domains[domain][days[at]].items())
        ]
        more = {"nextPageToken": str(at + 1)} if at + 1 < len(days) else {}
        return {"domainStats": rows} | more


COMPLIANCE = {
    "name": "domains/shop.test/complianceStatus",
    "complianceData": {
        "domainId": "shop.test",
        "rowData": [
            {"requirement": "SPF", "status": {"status": "COMPLIANT"}},
            {"requirement": "ONE_CLICK_UNSUBSCRIBE", "status": {"status": "NEEDS_WORK"}},
            {"requirement": "ENCRYPTION", "status": {"status": "STATE_UNSPECIFIED"}},
        ],
    },
}


@contextmanager
def others():
    """They answer for as long as this lasts."""
    there = Others()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(size)
            told = self.headers.get("Authorization", "")
            status, answer = there.answer(self.path, body, told)
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    there.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield there
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _read(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

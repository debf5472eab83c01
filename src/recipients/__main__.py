"""The command line of the pretend internet: run, sink, people, expectations."""

import argparse
import asyncio
import io
import json
import sys
from dataclasses import asdict
from pathlib import Path

from recipients import people, personality, sinkserver, world

LOOPBACK = "127.0.0.1"


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    given = _parser().parse_args(argv)
    code: int = given.command(given)
    return code


def _run(given: argparse.Namespace) -> int:
    options = world.Options(
        data=given.data,
        dns=given.dns,
        smtp_port=given.smtp_port,
        http=given.http,
        personalities=personality.load(given.personalities),
    )
    asyncio.run(world.run(options, given.ready_file))
    return 0


def _sink(given: argparse.Namespace) -> int:
    sinkserver.run(
        sinkserver.Options(
            listen=tuple(given.listen),
            ledger=given.ledger,
            ready_file=given.ready_file,
            mail_log=given.mail_log,
            delay_ms=given.delay_ms,
            tls=given.tls,
        )
    )
    return 0


def _people(given: argparse.Namespace) -> int:
    made = people.people(given.count, personality.load(given.personalities))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="")  # names are not ASCII in any locale
    people.write(made, sys.stdout)
    return 0


def _expectations(given: argparse.Namespace) -> int:
    rows = [asdict(one) for one in personality.load(given.personalities)]
    sys.stdout.write(json.dumps(rows, indent=1) + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="recipients", description="A pretend internet for mail.")
    commands = parser.add_subparsers(required=True)

    run = commands.add_parser("run", help="DNS, mail providers and registrar, on loopback")
    run.add_argument("--data", type=Path, required=True, help="folder for mail, ledger and CA file")
    run.add_argument("--dns", type=_place, default=(LOOPBACK, 0), metavar="HOST:PORT")
    run.add_argument("--smtp-port", type=int, default=0)
    run.add_argument("--http", type=_place, default=(LOOPBACK, 0), metavar="HOST:PORT")
    run.set_defaults(command=_run)

    sink = commands.add_parser("sink", help="a fast receiver that keeps only a ledger")
    sink.add_argument("--listen", type=_places, required=True, metavar="HOST:PORT[,HOST:PORT...]")
    sink.add_argument("--ledger", type=Path, required=True, help="file: message-id TAB recipient")
    sink.add_argument("--mail-log", type=Path, help="file: epoch ms TAB the MAIL command")
    sink.add_argument("--delay-ms", type=float, default=0.0, help="wait before the last reply")
    sink.add_argument(
        "--tls", type=Path, metavar="FOLDER", help="offer STARTTLS; CA file goes there"
    )
    sink.set_defaults(command=_sink)

    made = commands.add_parser("people", help="named people as CSV, the same ones every time")
    made.add_argument("--count", type=int, default=1000)
    made.set_defaults(command=_people)

    expectations = commands.add_parser("expectations", help="the personalities as JSON")
    expectations.set_defaults(command=_expectations)

    for command in (run, sink):
        command.add_argument("--ready-file", type=Path, help="written once all ports listen")
    for command in (run, made, expectations):
        command.add_argument("--personalities", type=Path, default=personality.PACKAGED)
    return parser


def _place(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not port.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT, as in 127.0.0.1:2525")
    return host or LOOPBACK, int(port)


def _places(text: str) -> list[tuple[str, int]]:
    return [_place(part) for part in text.split(",")]


if __name__ == "__main__":
    sys.exit(main())

"""Logs for people on a terminal and for machines elsewhere; never a secret, one line each."""

import logging
import sys

import structlog

from sendoff.lib.config import config


def configure() -> None:
    """Set up structlog once for this process."""
    level = getattr(logging, config().log_level.upper(), logging.INFO)
    terminal = sys.stderr.isatty()
    last = structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )

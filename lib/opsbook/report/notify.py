"""Send a message through apprise: mail, WeCom, Feishu, DingTalk, Slack, webhooks and others.

apprise calls nobody but the service it is told to call. What it would add of its own
accord (its logo's address on GitHub, a store on disk, a log line with a token in it) is
switched off here.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from opsbook.language import t
from opsbook.report.clean import without
from opsbook.report.hidden import secrets_of
from opsbook.report.news import Message

__all__ = ["send"]

_PATIENCE_SECONDS = 30.0


def send(address: str, message: Message) -> str:
    """Send a message; a service that does not answer never stops the caller.

    Args:
        address: As apprise reads it, such as ``mailtos://user:password@example.com``,
            ``wecombot://KEY``, ``feishu://TOKEN``, ``dingtalk://TOKEN``, ``slack://A/B/C``,
            ``jsons://host/path``.
        message: What to say.

    Returns:
        Empty where it was sent, else why it was not, without the secrets of the address.
    """
    try:
        with _quiet():
            return without(_send(address, message), secrets_of(address))
    except Exception as fault:  # a hundred services, each with its own; the report is what counts
        return without(f"{type(fault).__name__}: {fault}"[:300], secrets_of(address))


def _send(address: str, message: Message) -> str:
    import apprise

    asset = apprise.AppriseAsset(
        app_id="opsbook",
        app_desc="opsbook",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        image_path_mask="",
        async_mode=False,
        storage_mode=apprise.PersistentStoreMode.MEMORY,
        service_timeout=_PATIENCE_SECONDS,
    )
    post = apprise.Apprise(asset=asset)
    if not post.add(address):
        return t("apprise does not understand the address")
    kind = apprise.NotifyType.FAILURE if message.is_failure else apprise.NotifyType.INFO
    done = post.notify(
        body=message.body,
        title=message.title,
        notify_type=kind,
        body_format=apprise.NotifyFormat.TEXT,
        log_level=logging.WARNING,
    )
    if done:
        return ""
    said = [str(entry.message).strip() for entry in done.logs()]
    return said[-1][:300] if said else t("the service did not take the message")


@contextmanager
def _quiet() -> Iterator[None]:
    """Its log holds addresses; without a handler Python would print them."""
    logger = logging.getLogger("apprise")
    before, handler = logger.propagate, logging.NullHandler()
    logger.propagate = False
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.propagate = before
        logger.removeHandler(handler)

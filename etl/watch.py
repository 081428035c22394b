"""`python -m etl watch`: looks into the inbox again and again; nothing but a signal ends it."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from types import FrameType

from structlog.typing import FilteringBoundLogger

from core import clock, words
from core.errors import BuildFailed, InputRefused, Locked, PantauError
from core.settings import Settings
from etl import inbox, journal, keep, purge, store
from etl.service import Duty, Service

# What is done at the start and then once a day, before the day's build.
_DAILY: tuple[Duty, ...] = (keep.prune, purge.purge_months)
LONGEST_WAIT = 300.0  # seconds between two tries of what keeps failing
_SLICE = 0.5  # seconds a signal waits at most while the service sleeps


def run(
    settings: Settings,
    *,
    once: bool = False,
    sleep: Callable[[float], None] = time.sleep,
    now: Callable[[], datetime] = clock.now,
    tick: Callable[[], float] = time.monotonic,
) -> int:
    """Runs until SIGTERM (0) or SIGINT (130), or `once` over what is complete; the file in hand is always finished.

    `once` gives 3 if a file was refused, 1 if one met a defect, and raises what cannot be done. Without it what fails
    is said and tried again, later each time, up to LONGEST_WAIT seconds.
    """
    log = journal.open_journal(now)
    with store.machine():
        inbox.root(settings).mkdir(parents=True, exist_ok=True)
    service = Service(settings, log, now, tick, _DAILY)

    def pause(seconds: float) -> None:
        until = tick() + seconds
        while not service.stopping and (left := until - tick()) > 0:
            sleep(min(left, _SLICE))

    with _signals(service) as caught:
        log.info("start", every_s=settings.watch_every_s, settle_s=settings.watch_settle_s)
        if once:
            _once(service, lambda: pause(settings.watch_settle_s))
        else:
            _forever(service, log, pause, settings.watch_every_s)
        log.info("stop", **{"signal": caught[0].name} if caught else {})
    if caught:
        return 130 if caught[0] == signal.SIGINT else 0
    return 1 if service.defects else InputRefused.exit_code if service.refused else 0


def _once(service: Service, settle: Callable[[], None]) -> None:
    service.look()
    if service.unsettled:
        settle()
        service.look()
    service.forget_the_start()
    service.act()
    service.look()
    service.act()  # what a defect or an earlier failure put last


def _forever(service: Service, log: FilteringBoundLogger, pause: Callable[[float], None], every: float) -> None:
    failures, waiting = 0, ""
    while not service.stopping:
        try:
            service.look()
            service.act()
            failures, waiting = 0, ""
        except Locked as held:  # its holder will be done
            if str(held) != waiting:
                waiting = str(held)
                log.info("waiting", said=waiting)
        except BuildFailed as failure:  # and fails again until a file or the register changes
            log.error("build_failed", said=str(failure), code=failure.exit_code)
        except PantauError as failure:
            failures += 1
            log.error("failed", said=str(failure), code=failure.exit_code)
        except Exception as error:
            failures += 1
            log.error("defect", said=words.text("watch.defect_elsewhere", where=journal.where(error)))
        pause(min(every * 2.0 ** min(failures, 20), max(every, LONGEST_WAIT)))


@contextmanager
def _signals(service: Service) -> Iterator[list[signal.Signals]]:
    """Notes SIGTERM and SIGINT and does nothing else: whatever is in hand is finished, however often they come."""
    caught: list[signal.Signals] = []

    def ask(number: int, _: FrameType | None) -> None:
        service.stopping = True
        caught.append(signal.Signals(number))

    if threading.current_thread() is not threading.main_thread():
        yield caught
        return
    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

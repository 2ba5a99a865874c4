"""Progress of work: on a terminal a line that says what is being done, else plain lines; values as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

from hwbench.experiment.messages import Doing
from hwbench.profile.messages import Measured, Note, Planned, StepEnded, StepStarted
from hwbench.show.explanation import answer
from hwbench.units import format_time

if TYPE_CHECKING:
    from hwbench.experiment.messages import Message
    from hwbench.profile.messages import Report

QUANTITY_WIDTH = 32


class Writer:
    """Writes lines to a stream, above a progress line while there is one."""

    def __init__(self, stream: TextIO) -> None:
        """Write to a stream; a progress line is drawn only on a terminal."""
        self._stream = stream
        self._bar: Any = None
        self._is_gone = False

    def close(self) -> None:
        """Take the progress line away."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def _draw(self, total: float, layout: str) -> None:
        """Begin a progress line."""
        from tqdm import tqdm

        self._bar = tqdm(total=total, file=self._stream, leave=False, bar_format=layout, dynamic_ncols=True)

    def _line(self, text: str) -> None:
        if self._is_gone:
            return
        safe = text.encode(self._stream.encoding or "ascii", errors="replace").decode(self._stream.encoding or "ascii")
        try:
            if self._bar is not None:
                self._bar.write(safe, file=self._stream)
            else:
                self._stream.write(safe + "\n")
                self._stream.flush()
        except OSError:  # nobody reads it any more: that is no reason to lose the measurement
            self._is_gone = True


class Working(Writer):
    """Shows what an experiment is doing now, and its first answer as soon as there is one; call it with each message."""

    def __init__(self, stream: TextIO) -> None:
        """Write to a stream; what is being done is told once as long as it stays the same."""
        super().__init__(stream)
        self._doing = ""

    def __call__(self, message: Message) -> None:
        """Show one message."""
        if isinstance(message, Doing):
            self._do(message)
        else:
            self._line(f"hwbench: on timing alone: {answer(message.explanation)}")

    def _do(self, doing: Doing) -> None:
        if not self._stream.isatty():
            if doing.text != self._doing:
                self._line(f"{doing.text} …")
            self._doing = doing.text
            return
        if self._bar is None:
            self._draw(1.0, "{desc:<40.40} {bar} {percentage:3.0f}% {elapsed}")
        self._bar.set_description_str(doing.text, refresh=False)
        self._bar.n = max(self._bar.n, doing.done)
        self._bar.refresh()


class Progress(Writer):
    """Writes a campaign's events; call it with each, and close it at the end."""

    def __call__(self, event: Report) -> None:
        """Show one event."""
        if isinstance(event, Planned):
            self._begin(event)
        elif isinstance(event, StepStarted):
            self._name(event)
        elif isinstance(event, Measured):
            self._value(event)
        elif isinstance(event, StepEnded):
            self._end(event)
        elif isinstance(event, Note):
            self._line(f"hwbench: {event.text}")

    def _begin(self, event: Planned) -> None:
        if self._stream.isatty():
            self._draw(event.steps, "{desc:<24.24} {bar} {n_fmt}/{total_fmt} {elapsed}")
        else:
            self._line(f"measuring in {event.steps} steps, about {format_time(event.seconds * 1e9)}")

    def _name(self, event: StepStarted) -> None:
        if self._bar is not None:
            self._bar.set_description_str(f"measuring {event.probe}")
        else:
            again = f" (process {event.sitting + 1})" if event.sitting else ""
            self._line(f"measuring {event.probe}{again} …")

    def _value(self, event: Measured) -> None:
        quantity = event.found.quantity
        if (quantity is not None and event.sitting == 0) or (quantity is not None and self._bar is None):
            self._line(f"  {event.found.name:<{QUANTITY_WIDTH}} {quantity}")

    def _end(self, event: StepEnded) -> None:
        if event.failure:
            self._line(f"  {event.probe} failed: {event.failure}")
        if self._bar is not None:
            self._bar.update()

"""A real browser for pages: Debian's chromium, driven by playwright, with a log of everything that happens.

`chromium()` is the browser, `opened(browser, page)` a page in a fresh profile without network. Everything the page
requested, complained about or was refused is in the lists of `Opened`.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Request

PROGRAMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")


def why_not() -> str | None:
    """What is missing for a browser, and what to do about it; None if nothing is."""
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        return "playwright is not installed - pip install 'paperkb[browser]'"
    if _program() is None:
        return "no chromium on the PATH - apt-get install chromium"
    return None


def _program() -> str | None:
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


@contextmanager
def chromium() -> Iterator["Browser"]:
    """A headless browser without GPU; as root it runs without its sandbox.

    Raises:
        RuntimeError: `why_not()`.
    """
    missing = why_not()
    if missing:
        raise RuntimeError(missing)
    from playwright.sync_api import sync_playwright

    flags = ["--disable-gpu", *(["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_program(), args=flags)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Opened:
    """A page, and what has happened in it since it was opened."""

    page: "Page"
    errors: list[str] = field(default_factory=list)         # uncaught exceptions and console errors
    requests: list[str] = field(default_factory=list)       # other than the page itself, `data:` and `blob:` URLs
    violations: list[str] = field(default_factory=list)     # what the page's content security policy refused
    dialogs: list[str] = field(default_factory=list)        # alert, confirm, prompt
    windows: list[str] = field(default_factory=list)        # popups

    @property
    def faults(self) -> list[str]:
        """Everything that a healthy page never does."""
        return [*self.errors, *self.requests, *self.violations, *self.dialogs, *self.windows]

    def _heard(self, message: "ConsoleMessage") -> None:
        if "Content Security Policy" in message.text:
            self.violations.append(message.text)
        elif message.type == "error":
            self.errors.append(message.text)

    def _spoken(self, dialog: "Dialog") -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def _asked(self, request: "Request") -> None:
        page = request.is_navigation_request() and request.frame == self.page.main_frame
        if not page and urlsplit(request.url).scheme not in ("data", "blob"):
            self.requests.append(request.url)


@contextmanager
def opened(
    browser: "Browser",
    target: Path | str,
    *,
    fragment: str = "",
    script: str = "",
    offline: bool = True,
    **context: Any,
) -> Iterator[Opened]:
    """Open a file, or with `offline=False` an address on this machine, in its own profile.

    Args:
        target: a file, or an `http://127.0.0.1:...` address.
        fragment: the part after `#`.
        script: run in the page before its own scripts.
        offline: no network at all; if False, this machine only.
        context: options of playwright's `new_context`: viewport, color_scheme, java_script_enabled, bypass_csp, ...
    """
    context.setdefault("viewport", {"width": 1280, "height": 800})
    profile: BrowserContext = browser.new_context(offline=offline, **context)
    try:
        if script:
            profile.add_init_script(script)
        page = profile.new_page()
        found = Opened(page)
        page.on("console", found._heard)
        page.on("pageerror", lambda error: found.errors.append(str(error)))
        page.on("request", found._asked)
        page.on("dialog", found._spoken)
        page.on("popup", lambda window: found.windows.append(window.url))
        if not offline:
            profile.route(
                lambda url: urlsplit(url).hostname not in LOOPBACK and urlsplit(url).scheme in ("http", "https"),
                lambda route: route.abort(),
            )
        address = target.resolve().as_uri() if isinstance(target, Path) else target
        page.goto(address + (f"#{fragment}" if fragment else ""))
        yield found
    finally:
        profile.close()

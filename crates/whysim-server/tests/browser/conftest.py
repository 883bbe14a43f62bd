"""The page in a real Chromium, from the real server: WHYSIM_SERVER is the program, WHYSIM_BROWSER the browser (scripts/check-page)."""

import os
import re
import subprocess

import pytest
from playwright.sync_api import expect, sync_playwright

expect.set_options(timeout=20_000)


class Server:
    """A server of its own port that ends with its test."""

    def __init__(self, *options, key=""):
        environment = {**os.environ, "WHYSIM_API_KEY": key}
        environment.pop("WHYSIM_MODEL", None)
        command = [os.environ["WHYSIM_SERVER"], "--listen", "127.0.0.1:0", *options]
        self.process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        self.url = next(found[1] for found in map(re.compile(r"listening at (\S+)").search, self.process.stderr) if found)
        # Nobody reads further, and a full pipe would stop the server.
        self.process.stderr.close()

    def stop(self):
        self.process.kill()
        self.process.wait()


class Page:
    """A page with all that it complained about."""

    def __init__(self, context, url, fragment):
        self.complaints = []
        self.tab = context.new_page()
        self.tab.on("console", self.heard)
        self.tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.tab.add_init_script("addEventListener('securitypolicyviolation', (e) => console.error('policy', e.violatedDirective, e.blockedURI))")
        # Nothing comes from anywhere but the server.
        self.tab.on("request", lambda request: self.asked(request.url, url))
        self.tab.goto(url + "/" + fragment)

    def heard(self, message):
        # That an answer was a refusal is what many tests are about.
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            self.complaints.append(message.text)

    def asked(self, asked, url):
        if not asked.startswith((url, "blob:", "data:")):
            self.complaints.append(f"asked {asked}")

    def one(self, selector):
        return self.tab.locator(selector)

    def answered(self):
        """Waits for an answer to what is asked now."""
        expect(self.one(".answer")).not_to_have_class(re.compile("busy|stale"))
        expect(self.one(".status")).to_contain_text("Answered")
        return self

    def ask(self, **texts):
        with self.tab.expect_response(lambda response: response.request.method == "POST"):
            for name, text in texts.items():
                self.one(f"#{name}").fill(text)
        return self

    def chosen(self, group):
        """The button of a group that is pressed."""
        return self.one(f'.ws-{group}[aria-pressed="true"]').text_content()


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=os.environ["WHYSIM_BROWSER"], args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server():
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def start():
    """Starts servers with options."""
    started = []

    def start(*options, **settings):
        started.append(Server(*options, **settings))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def visit(browser, server):
    """Opens the page; nothing may go wrong in it unnoticed."""
    pages, contexts = [], []

    def visit(fragment="", url=None, width=1280, height=900, scheme="light"):
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        contexts.append(context)
        pages.append(Page(context, url or server.url, fragment))
        return pages[-1]

    yield visit
    for context in contexts:
        context.close()
    assert [complaint for page in pages for complaint in page.complaints] == []

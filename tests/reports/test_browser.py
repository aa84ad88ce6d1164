"""The page in headless Chromium: no console error, every player plays, markup stays text."""

import json
import re
import shutil
import subprocess
from html import unescape

import pytest

from reports.html import write_page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
]

# Added to a copy of the page only: what a reader's browser made of it, written into the DOM.
PROBE = """
<script>
const problems = [];
const note = event => problems.push(String(event.message || event.target.nodeName));
addEventListener("error", note, true);
const phoneOverflow = () => {
  document.body.style.width = "340px";
  const width = document.body.scrollWidth;
  document.body.style.width = "";
  return width - 340;
};
addEventListener("load", async () => {
  const players = [...document.querySelectorAll("audio")];
  const ready = player => new Promise(done => {
    if (player.readyState >= 2) return done();
    for (const name of ["loadeddata", "error"]) player.addEventListener(name, done, { once: true });
    player.preload = "auto"; player.load();
  });
  await Promise.all(players.map(ready));
  const found = document.createElement("pre");
  found.id = "probe";
  found.textContent = JSON.stringify({
    title: document.title,
    problems,
    players: players.map(p => ({ ready: p.readyState, error: p.error && p.error.message,
                                 seconds: p.duration, label: p.ariaLabel })),
    overflow: document.documentElement.scrollWidth - innerWidth,
    phone: phoneOverflow(),
    images: document.images.length,
    scripts: document.scripts.length,
    text: document.body.innerText,
  });
  document.body.append(found);
});
</script>
"""


def browse(page, width):
    command = [
        CHROMIUM,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--enable-logging=stderr",
        f"--user-data-dir={page.parent / f'profile-{width}'}",
        f"--window-size={width},900",
        "--virtual-time-budget=20000",
        "--dump-dom",
        page.as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    found = re.search(r'<pre id="probe">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found, done.stderr[-2000:]
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return json.loads(unescape(found[1])), console


@pytest.fixture(scope="module", params=[1280, 500])
def seen(request, full_lake, tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser")
    original = write_page(full_lake, folder / "report.html").path
    copy = folder / "probed.html"
    copy.write_text(original.read_text("utf-8").replace("<body>", f"<body>{PROBE}"), "utf-8")
    return browse(copy, request.param)


def test_the_console_stays_empty(seen):
    found, console = seen
    assert console == []
    assert found["problems"] == []


def test_every_player_has_a_playable_source(seen):
    players = seen[0]["players"]
    assert len(players) == 20
    for player in players:
        assert player["ready"] >= 2, player
        assert player["error"] is None
        assert player["seconds"] == pytest.approx(0.5, abs=0.05)


def test_captions_with_html_in_them_are_shown_as_text(seen):
    found = seen[0]
    assert (
        "<img src=x onerror=\"document.title='broken'\"> & <script>throw 1</script>"
        in (found["text"])
    )
    assert found["title"] == "UALM report: lake"
    assert (found["images"], found["scripts"]) == (0, 1)


def test_the_page_is_no_wider_than_the_window(seen):
    assert seen[0]["overflow"] <= 0
    assert seen[0]["phone"] <= 0


def test_the_console_is_really_watched(tmp_path):
    page = tmp_path / "bad.html"
    page.write_text(f'<body>{PROBE}<script>console.error("seen")</script><audio src="data:,">')
    found, console = browse(page, 800)
    assert any("seen" in line for line in console)
    assert found["players"][0]["error"] is not None

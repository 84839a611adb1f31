"""Puts what the demo really prints, and pictures of what it writes, into the README.

python tools/readme_demo.py DEMO_OUTPUT.txt DEMO_FOLDER

DEMO_OUTPUT.txt is `workbench demo DEMO_FOLDER > DEMO_OUTPUT.txt`. Pictures need Chromium and chromedriver.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
SHOWN = ("Thefts that an authority", "Where the money went: Atomic", "Who did it: Atomic", "Who did it: LI.FI")
PAGES = {"map.png": "out/map.html", "report.png": "out/incident.html"}


def main() -> None:
    """Write the README's demo part and the pictures."""
    output, folder = Path(sys.argv[1]).read_text(encoding="utf-8"), Path(sys.argv[2])
    parts = [part.rstrip() for part in re.split(r"\n\s*\n", output) if part.strip().startswith(SHOWN)]
    readme = PROJECT / "README.md"
    text = readme.read_text(encoding="utf-8")
    shown = "\n\n".join("\n".join(line.rstrip() for line in part.splitlines()) for part in parts)
    made = re.sub(
        r"(<!-- demo: .*? -->\n).*?(<!-- /demo -->)",
        lambda m: f"{m[1]}```\n{shown}\n```\n{m[2]}",
        text,
        flags=re.DOTALL,
    )
    readme.write_text(made, encoding="utf-8")
    (PROJECT / "docs/pictures").mkdir(exist_ok=True)
    for name, page in PAGES.items():
        picture((folder / page).resolve(), PROJECT / "docs/pictures" / name)


def picture(page: Path, target: Path) -> None:
    """A screenshot of a page, as a person would see it on opening."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    with tempfile.TemporaryDirectory() as profile:
        for flag in (
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--window-size=1280,860", f"--user-data-dir={profile}",
        ):  # fmt: skip
            options.add_argument(flag)
        browser = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
        try:
            browser.get(page.as_uri())
            time.sleep(3)
            browser.save_screenshot(str(target))
        finally:
            browser.quit()


if __name__ == "__main__":
    main()

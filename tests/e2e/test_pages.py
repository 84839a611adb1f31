"""Maps and reports in a real browser: they work, they call nowhere, and hostile data does nothing."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

from tests import sample_case
from tests.map_cases import HOSTILE, case
from workbench.graph.store import Store
from workbench.queries import QueryLibrary
from workbench.report import build_report, find_spec
from workbench.shipped import shipped_folder
from workbench.views.graph_data import neighbourhood
from workbench.views.map import draw

pytestmark = pytest.mark.browser

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--window-size=1440,900",
)  # fmt: skip
PATIENCE = 60
"""Seconds to wait for a page on a busy machine."""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """The system's Chromium, with a fresh profile and its console and network logged."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if chromium is None or driver is None:
        if os.environ.get("WORKBENCH_CI"):
            pytest.fail("Chromium or its chromedriver is absent, and CI may skip nothing")
        pytest.skip("Chromium or its chromedriver is absent")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    started = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield started
    started.quit()


def visit(browser: webdriver.Chrome, page: Path, *, ready: str = "return document.readyState === 'complete'") -> None:
    """Open a page and wait until it can be used."""
    browser.get("about:blank")
    for kind in ("browser", "performance"):
        browser.get_log(kind)  # what came before is not this page's doing
    browser.get(page.as_uri())
    WebDriverWait(browser, PATIENCE).until(lambda b: b.execute_script(ready))


def visit_map(browser: webdriver.Chrome, page: Path) -> None:
    visit(browser, page, ready="return document.body && document.body.dataset.ready === 'yes'")


def is_harmless(browser: webdriver.Chrome, page: Path) -> None:
    """No word on the console (a refused script would be one), no request but for the page itself."""
    assert browser.get_log("browser") == []
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = {m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"}
    assert {url.partition("#")[0] for url in asked if not url.startswith("data:")} == {page.as_uri()}
    assert browser.execute_script("return window.pwned === undefined")


def inked(browser: webdriver.Chrome) -> float:
    """Share of the map's canvas that is drawn on."""
    return float(
        browser.execute_script(
            "const c = document.querySelector('#map canvas');"
            "const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
            "let n = 0; for (let i = 3; i < d.length; i += 4) n += d[i] > 0; return n / (c.width * c.height);"
        )
    )


def status(browser: webdriver.Chrome) -> str:
    return browser.find_element(By.ID, "status").text


def confidences(browser: webdriver.Chrome) -> set[str]:
    """What the lines still shown say of their confidence."""
    return set(
        browser.execute_script(
            "return [...document.querySelectorAll('#edges tbody tr:not([hidden])')].map(r => r.cells[4].textContent)"
        )
    )


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A map of 300 nodes with every hostile name."""
    return draw(case(300), tmp_path_factory.mktemp("map") / "small.html", title=HOSTILE[1])


def test_a_map_draws_and_does_nothing_else(browser: webdriver.Chrome, small: Path) -> None:
    visit_map(browser, small)
    assert inked(browser) > 0.005
    assert browser.find_element(By.TAG_NAME, "h1").text == HOSTILE[1]
    assert status(browser).startswith("300 nodes")
    is_harmless(browser, small)


def test_search_finds_a_node_by_keyboard_alone(browser: webdriver.Chrome, small: Path) -> None:
    visit_map(browser, small)
    search = browser.find_element(By.ID, "search")
    search.send_keys("MOSAIC")
    hits = browser.find_elements(By.CSS_SELECTOR, "#hits button")
    assert [hit.text for hit in hits] == ["Mosaic Wallet Incident"]
    search.send_keys(Keys.ENTER)
    panel = browser.find_element(By.ID, "panel")
    assert panel.is_displayed()
    assert "Mosaic Wallet" in panel.text
    assert "85 of 100" in panel.text  # the claim behind the line, with its confidence
    assert "bureau" in panel.text or "blog" in panel.text or "acme" in panel.text
    search.send_keys(Keys.ESCAPE)
    assert not panel.is_displayed()
    search.send_keys("nobody has this name")
    assert "Nothing shown has this" in browser.find_element(By.ID, "hits").text
    is_harmless(browser, small)


def test_hostile_names_are_shown_as_they_are(browser: webdriver.Chrome, small: Path) -> None:
    visit_map(browser, small)
    search = browser.find_element(By.ID, "search")
    search.send_keys("onerror")
    search.send_keys(Keys.ENTER)
    assert HOSTILE[2] in browser.find_element(By.ID, "panel").text
    is_harmless(browser, small)


def test_the_tooltip_of_a_hostile_node_is_text(browser: webdriver.Chrome, small: Path) -> None:
    visit_map(browser, small)
    search = browser.find_element(By.ID, "search")
    search.send_keys("onerror")
    search.send_keys(Keys.ENTER)  # brings the node to the middle, a little left of it for the panel
    canvas = browser.find_element(By.CSS_SELECTOR, "#map canvas")
    WebDriverWait(browser, PATIENCE).until(lambda b: _tooltip(b, canvas))
    tooltip = browser.find_element(By.CSS_SELECTOR, "div.vis-tooltip")
    assert HOSTILE[2] in tooltip.text
    assert (
        browser.execute_script("return document.querySelectorAll('.vis-tooltip img, .vis-tooltip script').length") == 0
    )
    is_harmless(browser, small)


def _tooltip(browser: webdriver.Chrome, canvas: WebElement) -> bool:
    """Move the pointer about the middle of the map until a tooltip shows."""
    for across in (-140, -138, -142):
        ActionChains(browser).move_to_element_with_offset(canvas, across, 0).pause(0.4).perform()
        found = browser.find_elements(By.CSS_SELECTOR, "div.vis-tooltip")
        if found and found[0].is_displayed() and found[0].text:
            return True
    return False


def test_filters_hide_kinds_and_weak_claims_in_picture_and_tables(browser: webdriver.Chrome, small: Path) -> None:
    visit_map(browser, small)
    browser.find_element(By.CSS_SELECTOR, "#kinds input[value=Technique]").click()
    assert status(browser).startswith("292 of 300 nodes")
    assert len(browser.find_elements(By.CSS_SELECTOR, "#nodes tbody tr:not([hidden])")) == 292
    browser.find_element(By.ID, "unstated").click()
    browser.execute_script(
        "const c = document.getElementById('confidence'); c.value = 75; c.dispatchEvent(new Event('input'))"
    )
    strong = {"a ledger fact", "80 of 100", "85 of 100", "90 of 100"}
    WebDriverWait(browser, PATIENCE).until(lambda b: confidences(b) <= strong)
    assert confidences(browser) == strong
    browser.find_element(By.ID, "ledger").click()
    assert "a ledger fact" not in confidences(browser)
    is_harmless(browser, small)


def test_the_tables_stand_in_for_the_picture(browser: webdriver.Chrome, small: Path) -> None:
    visit_map(browser, small)
    tables, picture = browser.find_element(By.ID, "tables"), browser.find_element(By.ID, "picture")
    assert not tables.is_displayed()
    toggle = browser.find_element(By.ID, "toggle")
    toggle.send_keys(Keys.ENTER)
    assert tables.is_displayed()
    assert not picture.is_displayed()
    assert toggle.get_attribute("aria-pressed") == "true"
    toggle.send_keys(Keys.ENTER)
    assert picture.is_displayed()
    is_harmless(browser, small)


def test_colours_by_actor_or_by_kind(browser: webdriver.Chrome, small: Path) -> None:
    visit_map(browser, small)
    legend = browser.find_element(By.ID, "actors")
    assert "Quiet Heron (atlas) = Heron (beta)" in legend.text
    Select(browser.find_element(By.ID, "colours")).select_by_value("kind")
    assert not legend.is_displayed()
    assert inked(browser) > 0.005
    is_harmless(browser, small)


def test_a_map_of_two_thousand_nodes_opens_and_filters(browser: webdriver.Chrome, tmp_path: Path) -> None:
    big = draw(case(2_000, left_out=5_312), tmp_path / "big.html", title="Two thousand")
    visit_map(browser, big)
    assert inked(browser) > 0.01
    assert "5,312 nodes left out" in browser.find_element(By.CSS_SELECTOR, ".banner").text
    browser.find_element(By.CSS_SELECTOR, "#kinds input[value=Wallet]").click()
    assert status(browser).startswith("13 of 2,000 nodes")  # the three services had lines to wallets only
    is_harmless(browser, big)


def test_a_map_from_the_graph_and_a_report_of_it(browser: webdriver.Chrome, store: Store, tmp_path: Path) -> None:
    sample_case.load(store)
    theft = sample_case.KESTREL.id
    drawn = draw(neighbourhood(store, [theft]), tmp_path / "map.html", title="Around a theft")
    visit_map(browser, drawn)
    assert inked(browser) > 0.005
    is_harmless(browser, drawn)

    library = QueryLibrary([shipped_folder("queries")])
    report = build_report(store, library, find_spec("incident"), {"incident": theft}, tmp_path / "report.html")
    visit(browser, report)
    figure = browser.find_element(By.CSS_SELECTOR, "a.figure")
    wanted = str(figure.get_attribute("href")).partition("#")[2]
    figure.click()
    assert browser.execute_script("return document.querySelector(':target').id") == wanted
    assert browser.find_element(By.ID, wanted).is_displayed()
    overflow = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert browser.execute_script(overflow) <= 0
    is_harmless(browser, report)

"""Pages of the site in a real browser, from disk: they work without a script or a server."""

from pathlib import Path

import pytest

from cli.implementations import Installed
from cli.site.build import build
from cli.site.site import Site
from cli.site.write import write
from linker.vault import CURATED, open_vault
from tests.browser.conftest import PageOf
from tests.browser.drawn import barriers
from tests.cli.conftest import make_vault
from tests.hostile import FLAG, hostile_vault


def site_of(root: Path, folder: Path) -> Path:
    with open_vault(root, Installed(), base=True, index=folder / "i.sqlite") as vault:
        write(folder / "site", build(Site(vault.store, vault.root, "A name")))
    return folder / "site"


@pytest.fixture(scope="module")
def curated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return site_of(Path(CURATED), tmp_path_factory.mktemp("curated"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize(
    "where", ["papers/vit.html", "patterns/attention.html", "constraints/data.html", "papers/index.html", "wanted.html"]
)
def test_pages_fit_and_are_styled_from_disk(
    curated: Path, page_of: PageOf, where: str, width: int, scheme: str
) -> None:
    opened = page_of(curated / where, viewport={"width": width, "height": 800}, color_scheme=scheme)
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    color = opened.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert color == ("rgb(255, 255, 255)" if scheme == "light" else color)
    assert color != "rgba(0, 0, 0, 0)"
    assert not opened.errors + opened.violations
    assert [request.rpartition("/")[2] for request in opened.requests] == ["page.css"]


def test_a_reader_walks_from_the_timeline_to_a_pattern_without_a_script(curated: Path, page_of: PageOf) -> None:
    page = page_of(curated / "index.html", java_script_enabled=False).page
    page.click("#static a[href='papers/transformer.html'] >> nth=0")
    page.click("main a:text-is('Multi-X') >> nth=0")
    assert page.url.endswith("patterns/multi-x.html")
    page.click("nav >> text=Patterns")
    page.click("nav a.home")
    assert page.url.endswith("index.html")


def test_on_a_tablet_the_picture_is_whole_and_on_a_desk_as_large_as_it_was_drawn(
    curated: Path, page_of: PageOf
) -> None:
    page = page_of(curated / "papers" / "transformer.html", viewport={"width": 768, "height": 1024}).page
    picture = page.locator("figure.picture")
    assert picture.evaluate("figure => figure.scrollWidth - figure.clientWidth") <= 0
    page.set_viewport_size({"width": 1440, "height": 900})
    svg = page.locator("figure.picture svg")
    assert svg.evaluate("svg => svg.clientWidth") == int(svg.get_attribute("width") or 0)


def test_the_timeline_of_own_papers_leads_to_the_page_of_a_curated_one(tmp_path: Path, page_of: PageOf) -> None:
    mine = "---\nkind: paper\nbuilds_on: [transformer, unheard]\n---\n# Mine\n"
    page = page_of(site_of(make_vault(tmp_path / "vault", {"mine.md": mine}), tmp_path) / "index.html").page
    assert page.locator("#labels a").all_inner_texts() == ["Mine"]
    page.click("#labels a")
    told = page.locator("#panel .kin li").all_inner_texts()
    assert told == ["Attention Is All You Need not on this page", "unheard no note yet"]
    page.click("#panel .kin a")
    assert page.url.endswith("papers/transformer.html")


def test_a_phone_has_the_ways_into_the_site(curated: Path, page_of: PageOf) -> None:
    page = page_of(curated / "index.html", viewport={"width": 375, "height": 800}).page
    page.click("#foot nav >> text=Patterns")
    assert page.url.endswith("patterns/index.html")


def test_a_wide_formula_scrolls_by_itself(tmp_path: Path, page_of: PageOf) -> None:
    wide = " + ".join(f"x_{{{n}}}" for n in range(40))
    vault = make_vault(tmp_path / "vault", {"a.md": f"# A\n\nHere ${wide}$.\n\n$${wide}$$\n\n- ${wide}$\n"})
    page = page_of(site_of(vault, tmp_path) / "notes" / "a.html", viewport={"width": 320, "height": 640}).page
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    wider = "all => all.map(each => each.scrollWidth > each.clientWidth)"
    assert page.locator(".body > :is(p, ul)").evaluate_all(wider) == [True, True, True]


def test_equations_stand_below_each_other_at_their_signs(tmp_path: Path, page_of: PageOf) -> None:
    tex = r"\begin{aligned} a + b + c &= d \\ e &= f + g \end{aligned}"
    vault = make_vault(tmp_path / "vault", {"a.md": f"# A\n\n$${tex}$$\n"})
    page = page_of(site_of(vault, tmp_path) / "notes" / "a.html").page
    ends = "all => all.map(each => each.getBoundingClientRect()).map(box => [box.left, box.right])"
    (first, _), (second, _) = page.locator("mo:text-is('=')").evaluate_all(ends)
    assert first == second
    ((_, end),) = page.locator("mi:text-is('e')").evaluate_all(ends)
    assert 0 <= second - end < 10


def test_on_paper_headings_stay_with_what_follows_and_code_keeps_its_dot(curated: Path, page_of: PageOf) -> None:
    page = page_of(curated / "papers" / "vit.html").page
    page.emulate_media(media="print")
    headings = page.locator("main :is(h1, h2)")
    assert set(headings.evaluate_all("all => all.map(each => getComputedStyle(each).breakAfter)")) == {"avoid"}
    dot = "link => getComputedStyle(link, '::after').printColorAdjust"
    assert page.locator("a.runs").first.evaluate(dot) == "exact", "browsers do not print backgrounds"


def test_the_paper_of_a_page_has_its_label_beside_its_dot(tmp_path: Path, page_of: PageOf) -> None:
    vault = make_vault(tmp_path / "vault", {
        f"{year}.md": f"---\ntitle: Внимание и память в сетях {year}\ndate: {year}\n"
        f"arxiv: '{year - 2000}01.00001'\n---\n## Builds on\n- [[{year - 4}]]\n"
        for year in (2015, 2019)
    })  # fmt: skip
    page = page_of(site_of(vault, tmp_path) / "papers" / "2019.html").page
    (left, right), (start, end) = (
        page.eval_on_selector(f"g.node > {part}", "(at) => [at.getBBox().x, at.getBBox().x + at.getBBox().width]")
        for part in ("text", "circle")
    )
    assert 0 <= max(start - right, left - end) < 8


def test_pages_pass_the_accessibility_checks(curated: Path, page_of: PageOf) -> None:
    for where in ("papers/vit.html", "patterns/attention.html", "papers/index.html", "wanted.html", "404.html"):
        for scheme in ("light", "dark"):
            opened = page_of(curated / where, color_scheme=scheme, bypass_csp=True)
            assert not barriers(opened.page), where


def test_nothing_that_strangers_wrote_runs(tmp_path: Path, page_of: PageOf) -> None:
    hostile_vault(tmp_path / "vault")
    site = site_of(tmp_path / "vault", tmp_path)
    opened = page_of(site / "404.html")
    for path in [site / "index.html", site / "wanted.html", *sorted(site.rglob("*/*.html"))[::8]]:
        opened.page.goto(path.as_uri())
        assert opened.page.evaluate(f"typeof window.{FLAG}") == "undefined", path
    assert not opened.dialogs + opened.windows
    assert {request.rpartition("/")[2] for request in opened.requests} == {"page.css"}

r"""What strangers might write into notes to make a tool run, fetch, overwrite or disguise something.

`PAYLOADS` are the texts, by name. `hostile_vault(folder)` writes notes that carry each of them in every field there is;
`hostile_drawing()` makes papers and links for the layout with each of them in every field. A script that manages to run
sets `window.pwned` (`FLAG`), opens a dialog or requests `example.invalid` from the network. `disguised(text)` finds
characters that make text look, or a terminal act, differently from what it says.
"""

import random
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from cli.render.timeline.papers import Edge, Paper

FLAG = "pwned"
SCALARS = ("title", "venue", "category", "family", "status", "role", "url", "arxiv", "doi", "code", "summary",
           "implementation", "citekey")
LISTS = ("tags", "patterns", "constraints", "aliases")
_RUN = "window.pwned=1;alert(1)"

PAYLOADS: dict[str, str] = {
    # HTML: elements, handlers, and ways to break out of text
    "script": f"<script>{_RUN}</script>",
    "script-mixed": f"<ScRiPt\t>{_RUN}</sCrIpT >",
    "script-end": f'</script><script>{_RUN}</script>"',
    "script-comment": f"<!--<script>{_RUN}//--></script>",
    "image": f"<img src=x onerror={_RUN}>",
    "image-remote": "<img src=https://example.invalid/x.png>![](https://example.invalid/y.png)",
    "svg-load": f"<svg/onload={_RUN}><animate onbegin={_RUN} attributeName=x>",
    "svg-script": f"</svg></title></text><script>{_RUN}</script><foreignObject><body onload={_RUN}>",
    "frame": f"<iframe srcdoc='<script>parent.{_RUN}</script>' src=javascript:{_RUN}></iframe>",
    "attribute": f"\" autofocus tabindex=1 onfocus={_RUN} x='",
    "attribute-single": f"' onmouseover='{_RUN}' style='position:fixed;inset:0",
    "title-end": f"</title></textarea></noscript></style><script>{_RUN}</script>",
    "entities": f"&lt;script&gt;{_RUN}&lt;/script&gt;&#60;img src=x onerror={_RUN}&#62;&#x0;&nosuch;",
    "cdata": f"]]><script>{_RUN}</script><![CDATA[",
    "comment": "--><!-- --!> <!-",
    "entity-bomb": '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>&b;',
    "refresh": f'<meta http-equiv=refresh content="0;url=javascript:{_RUN}"><base href=https://example.invalid/>',
    "form": f"<form action=https://example.invalid/><button formaction=javascript:{_RUN} autofocus>go</button></form>",
    "clobber": "<a id=data name=data></a><form id=state><input name=papers></form>",
    # scripts and styles: breaking out of a string, a template, a rule
    "json-lines": "a\u2028b\u2029c\u0085d",
    "string-break": f"';{_RUN};//\\\";{_RUN};//`;${{{_RUN}}}",
    "template": f"{{{{constructor.constructor('{_RUN}')()}}}} ${{7*7}} <%= 7*7 %> #{{7*7}} {{% raw %}} %s %(x)s {{0}}",
    "css": "red;}*{background:url(https://example.invalid/c)}</style>/*@import 'https://example.invalid/i';",
    "expression": f"expression({_RUN})\\27 \\3c img\\3e",
    "prototype": "__proto__",
    "constructor": "constructor",
    "own-property": "hasOwnProperty",
    "to-string": "toString",
    # addresses
    "javascript-url": f"javascript:{_RUN}",
    "javascript-tab": f" jAvA\tsc\nript:{_RUN}",
    "javascript-entity": f"&#106;avascript&colon;{_RUN}",
    "data-url": f"data:text/html,<script>parent.{_RUN}</script>",
    "markdown-link": f"[click](javascript:{_RUN}) [x](data:text/html,x) ![](file:///etc/passwd) <javascript:{_RUN}>",
    "vbscript": "vbscript:msgbox(1)",
    "protocol-relative": "//example.invalid/x",
    "credentials": "https://arxiv.org@example.invalid/abs/1706.03762",
    "bad-percent": "%E0%A4%A%00%",
    "path-escape": "../../../../../../tmp/escaped",
    "path-windows": "..\\..\\C:\\con\\nul.txt",
    "path-absolute": "/etc/passwd",
    # formats that pictures and tables are exported to
    "dot": '"]; node [URL="javascript:alert(1)" label=<<b>x</b>>]; subgraph cluster_x { a -> b } //\\',
    "dot-escape": "\\N\\G\\L\\n\\l\\",
    "mermaid": '"] --> X; click X call alert(1); %%{init: {"securityLevel":"loose"}}%% end; A[/x\\] ::: #quot;',
    "graphml": '"/><data key="d0">x</data></node><!ENTITY x SYSTEM "file:///etc/passwd">',
    "csv": "=cmd|' /C calc'!A0",
    "csv-plus": "+1+cmd|' /C calc'!A0,\"\n@SUM(1)",
    "bibtex": "x}, url = {javascript:alert(1)}} @comment{ \\input{/etc/passwd} \\write18{id} % $^_#&",
    "tex": "$\\href{javascript:alert(1)}{x}$ \\def\\x{\\x\\x}\\x",
    "yaml": "!!python/object/apply:os.system ['id'] *a &a [a]: {b: c} # | > - ---",
    "markup": "[bold red]b[/bold red][link=file:///etc/passwd]a[/link][/]",
    "shell": "$(touch escaped) `touch escaped`; touch escaped & | > escaped '\"'\"' !! ~ *",
    "sql": "'; DROP TABLE papers; -- \" OR 1=1 NEAR(a b) title:* ^ (",
    "query": 'pattern:"x OR (year:..',
    # terminals
    "ansi": "\x1b[31mred\x1b[0m\x1b[2J\x1b[1;1H\x07\x08\x7f",
    "osc8": "\x1b]8;;https://example.invalid/\x1b\\link\x1b]8;;\x1b\\\x1b]0;title\x07\x1b]52;c;aWQ=\x07",
    "c1": "\x9b31mred\x9d0;title\x9c\x90q\x9c",
    "carriage": "harmless\rEVIL\x0b\x0c",
    "nul": "before\x00after",
    # reading order, invisible and outsized text
    "bidi-override": "A\u202eevil\u202c file \u202dx\u202egnp.exe",
    "bidi-isolate": "a\u2067b\u2066c\u2068d\u2069\u2069\u2069 unclosed \u2067x",
    "bidi-marks": "a\u200eb\u200fc\u061cd",
    "invisible": "A\u200bda\u200cm\u00ad \u2060\ufeff\u180e\u3164\ufff9x\ufffa\U000e0041\U000e007f",
    "right-to-left": "الانتباه هو كل ما تحتاجه (2017) שלום [x]",
    "zalgo": "Z" + "\u0310\u0311\u0312\u0327\u0328\u0489" * 30 + "algo",
    "wide": "注意力机制就是你所需要的全部 ﷽ 👩‍👩‍👧‍👦🏴‍☠️ 𒐫 W̷",
    "long": "x" * 10_000,
    "long-words": "a very long title that goes on " * 60,
    "blank": " \t\u00a0\u2003\u3000 ",
    "noncharacter": "a\ufffeb\uffffc\U0001ffffd",
    "surrogate": "a\ud800b\udfffc",
    "newlines": "line one\nline two\r\n---\n# heading\n\n- [[h00]]",
}

INVISIBLE_CONTROLS = frozenset(
    map(chr, (*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0xA0), 0x061C, 0x200E, 0x200F,
              *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
)


def disguised(text: str) -> list[str]:
    """Characters in a text that control a terminal or reorder the text; tabs and line ends are allowed."""
    return sorted({f"U+{ord(sign):04X}" for sign in text if sign in INVISIBLE_CONTROLS})


def key(number: int) -> str:
    """The stem and key of the note that carries payload `number` in all its fields."""
    return f"h{number:02}"


def mixtures(count: int, seed: int) -> list[str]:
    """Texts combined from pieces of payloads: attacks that nobody thought of."""
    rng = random.Random(seed)
    pool = [text for name, text in PAYLOADS.items() if name != "template"]
    halves = [half for text in pool for half in (text[: len(text) // 2][:200], text[len(text) // 2 :][:200])]
    pieces = [*(text[:400] for text in pool), *halves]
    return ["".join(rng.choices(pieces, k=rng.randrange(2, 6))) for _ in range(count)]


def hostile_vault(root: Path, texts: Iterable[str] = PAYLOADS.values()) -> None:
    """Write a vault: for each text, a paper, a pattern, and a paper with it as key and, where legal, as file name."""
    texts = list(texts)
    root.mkdir(parents=True, exist_ok=True)
    (root / "paperkb.toml").write_text("")
    for number, text in enumerate(texts):
        _write(root / f"{key(number)}.md", _paper(number, text))
        _write(root / f"pattern-{number:02}.md", f"---\nkind: pattern\ntitle: {quoted(text)}\n---\n\n{text}\n")
        _write(root / f"keyed-{number:02}.md",
               f"---\nkind: paper\nkey: {quoted(text)}\ntitle: {quoted(f'Keyed {number} {text}')}\n"
               f"date: {1990 + number % 30}\nbuilds_on: [{key(number)}]\n---\n")
        name = text.replace("/", "_").replace("\0", "_").encode("utf-8", "replace")[:200].decode("utf-8", "ignore")
        if name.strip(". "):
            _write(root / f"{name}.md", f"---\nkind: paper\ntitle: Named {number}\ndate: {1990 + number % 30}\n---\n")
    steps = "".join(f"{n + 1}. [[{key(n)}]]: {_line(text)}\n" for n, text in enumerate(texts))
    _write(root / "tour.md", f"---\nkind: story\ntitle: A tour\n---\n\n# A tour\n\n{steps}")


def _paper(number: int, text: str) -> str:
    line, value = _line(text), quoted(text)
    front = [
        *(f"{name}: {value}" for name in SCALARS),
        *(f"{name}: [{value}]" for name in LISTS),
        f"authors: [{quoted(text.replace(';', f' {number};') + f' {number}')}]",     # no two papers share one
        f"date: {1990 + number % 30}",
    ]
    before = f"- [[{key(number - 1)}]]: {line}" if number else ""
    body = [
        *(f"# {line}", text),
        *("## Builds on", f"{before}\n- [[transformer]]: {line}\n- [[{line}]]: why"),
        *("## Uses", f"- [[pattern-{number:02}]]: {line}"),
        *(f"## {line}", f"> {line}", f"venue:: {line}"),
        *("## Claim", line, f"```\n{text}\n```"),
    ]
    return "\n".join(["---", "kind: paper", *front, "---", ""]) + "\n" + "\n\n".join(body) + "\n"


def hostile_drawing() -> tuple[list[Paper], list[Edge]]:
    """Papers and links for `layout`, each payload in every field."""
    papers = [
        Paper(key=text, label=text, title=text, date=f"{1990 + number % 30}" if number % 7 else text,
              lane="lane" if number % 9 else text, runnable=number % 2 == 0, href=text)
        for number, text in enumerate(PAYLOADS.values())
    ]
    edges = [Edge(child.key, parent.key, "builds-on", child.title) for parent, child in pairwise(papers)]
    return papers, edges + [Edge(edge.target, edge.source, "cites", edge.why) for edge in edges]


def quoted(text: str) -> str:
    r"""A double-quoted YAML scalar in ASCII. A lone surrogate, which YAML cannot represent, becomes \uFFFD."""
    return '"' + "".join(_yaml(sign) for sign in text) + '"'


def _yaml(sign: str) -> str:
    if sign in '"\\':
        return "\\" + sign
    if " " <= sign <= "~":
        return sign
    return f"\\U{0xFFFD if 0xD800 <= ord(sign) <= 0xDFFF else ord(sign):08X}"


def _line(text: str) -> str:
    return " ".join(text.splitlines())


def _write(path: Path, text: str) -> None:
    """Write surrogates as bytes that no decoder accepts; skip a name that this file system rejects."""
    try:
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
    except (OSError, ValueError):
        return


def names() -> Iterator[tuple[str, str]]:
    """The name and the key of the note of every payload."""
    return ((name, key(number)) for number, name in enumerate(PAYLOADS))

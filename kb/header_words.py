"""Labels and headings, in several languages, for a paper's title, authors, year and venue."""

from kb.regex import rare
from kb.remember import remembered

KEYS = {
    "author": "authors", "authors": "authors", "author(s)": "authors", "作者": "authors", "原文作者": "authors",
    "论文作者": "authors", "著者": "authors", "저자": "authors", "autor": "authors", "autores": "authors",
    "autoren": "authors", "autori": "authors", "auteur": "authors", "auteurs": "authors", "автор": "authors",
    "авторы": "authors",
    "year": "year", "publication year": "year", "publication date": "year", "date of publication": "year",
    "published": "year", "年份": "year", "发表年份": "year",
    "出版年份": "year", "发表时间": "year", "発表年": "year", "発行年": "year", "出版年": "year", "연도": "year",
    "발표 연도": "year", "발표연도": "year", "발표년도": "year", "출판연도": "year", "출판년도": "year",
    "año": "year", "ano": "year", "anno": "year", "jahr": "year",
    "année": "year", "год": "year", "年": "year",
    "venue": "venue", "conference": "venue", "journal": "venue", "journal/conference": "venue",
    "conference/journal": "venue", "published in": "venue", "会议": "venue", "期刊": "venue", "学会": "venue",
    "학회": "venue", "revista": "venue", "conferencia": "venue", "zeitschrift": "venue", "konferenz": "venue",
    "revue": "venue", "журнал": "venue", "конференция": "venue",
    "title": "title", "标题": "title", "タイトル": "title", "제목": "title", "título": "title", "titel": "title",
    "titre": "title", "название": "title",
    "paper title": "paper_title", "paper name": "paper_title",
    "论文标题": "paper_title", "论文题目": "paper_title", "论文名称": "paper_title",
    "论文名": "paper_title", "原文标题": "paper_title", "論文タイトル": "paper_title", "論文名": "paper_title",
    "논문 제목": "paper_title",
    "citekey": "citekey", "citation key": "citekey",
}  # fmt: skip
"""Lower-case label -> what its line gives. Any document has a `title`; a `paper_title` is always a paper's."""
OF_ONE = {"author", "autor", "auteur", "автор"}
"""Labels for a single author, unless the line says otherwise."""
AUTHORS = ("author", "作者", "著者", "저자", "autor", "auteur", "автор", "原文作者", "论文作者")
"""Every label of authors begins with one of these."""
PAPER = frozenset(key[0] for key, name in KEYS.items() if name == "paper_title") | {"P"}
"""Every label of a paper's title begins with one of these letters."""
_SIGNS = ("uthor", "utor", "uteur", "per title", "per Title", "per name", "per Name")
_SIGNS_BEYOND_ASCII = ("втор", "作者", "著者", "저자", "论文", "論文", "논문", "原文")
_INFORMATION = {
    "meta", "metadata", "meta data", "paper info", "paper information", "paper metadata", "research information",
    "basic information", "article information", "publication information", "bibliographic information", "基本信息",
    "论文信息", "论文基本信息", "文献信息", "论文笔记", "阅读笔记", "论文阅读笔记", "論文情報", "論文情報・リンク",
    "書誌情報", "文献情報", "参照文献情報", "基本情報", "論文資訊", "基本資訊", "논문 정보", "논문 기본 정보",
    "서지 정보", "메타데이터", "metadatos", "metadaten", "métadonnées",
    "paper link", "link to paper", "link to the paper", "original paper", "论文链接", "论文地址", "論文リンク",
    "논문 링크", "원본 논문 링크",
}  # fmt: skip
BIBLIOGRAPHIES = {
    "references", "bibliography", "works cited", "literature", "literature cited", "cited works", "citations",
    "referencias", "referências", "bibliografía", "bibliografia", "literatur", "literaturverzeichnis", "références",
    "bibliographie", "литература", "参考文献", "참고문헌",
}  # fmt: skip
"""Lower-case headings over lists of citations."""
_BEFORE = rare(r"^\W+")
"""`📌 Metadata`"""
_NUMBER = rare(r"\d{1,2}[.)、]?\s+")
_TRANSLATED = rare(r"\s?[(（][^()（）]{1,40}[)）]$")
"""`论文信息 (Paper Information)`"""


def may_tell(text: str) -> bool:
    """Whether a text may contain a label of authors or of a paper's title."""
    if any(map(text.__contains__, _SIGNS)):
        return True
    return not text.isascii() and any(map(text.__contains__, _SIGNS_BEYOND_ASCII))


@remembered(512)
def is_information(heading: str) -> bool:
    """Whether a section with this heading only identifies the paper that the note is about."""
    heading = heading if heading[:1].isalnum() else _BEFORE.sub("", heading)
    if heading[:1].isdigit() and (numbered := _NUMBER.match(heading)):
        heading = heading[numbered.end() :]
    heading = heading.rstrip(":：")
    return (_TRANSLATED.sub("", heading) if heading[-1:] in ")）" else heading).lower() in _INFORMATION

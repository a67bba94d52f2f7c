"""Labels and headings, in several languages, for a paper's title, authors, year and venue."""

import re

from kb.regex import rare
from kb.remember import remembered

_LABELS = {
    "authors": (
        "author", "authors", "author(s)", "creator", "creators",
        "autor", "autores", "autor(es)", "autoren", "autori", "auteur", "auteurs", "auteur(s)", "автор", "авторы",
        "作者", "原文作者", "论文作者", "论文著者", "著者", "論文著者", "저자", "논문 저자",
    ),
    "year": (
        "year", "publication year", "publication date", "date of publication", "published",
        "año", "ano", "anno", "année", "jahr", "год", "год публикации",
        "年", "年份", "发表年份", "出版年份", "发表时间", "发布时间", "出版时间", "发表日期", "出版日期",
        "発表年", "発行年", "出版年", "発表日", "公開日", "出版日",
        "발표일", "게재일", "출판일",
        "연도", "논문 발표", "발표 연도", "발표연도", "발표년도", "출판 연도", "출판연도", "출판년도",
    ),
    "venue": (
        "venue", "conference", "journal", "journal/conference", "conference/journal", "published in",
        "publication title", "proceedings title",
        "revista", "conferencia", "conferência", "conférence", "revue", "zeitschrift", "konferenz",
        "журнал", "конференция",
        "会议", "期刊", "期刊会议", "期刊/来源", "期刊来源", "发表", "发表会议", "发表期刊", "发表于", "收录情况",
        "学会", "学会名", "会議", "雑誌", "論文誌", "発表", "掲載", "採択",
        "학회", "발표 학회", "발표", "발행", "게재", "게재지", "저널", "학술지",
    ),
    "title": (
        "title", "título", "título original", "titulo original", "titre", "titel", "название",
        "标题", "题目", "タイトル", "제목",
    ),
    "paper_title": (
        "paper title", "paper name",
        "论文标题", "论文题目", "论文名称", "论文名", "原论文名称", "原文标题", "原标题", "英文标题", "英文原标题",
        "論文タイトル", "論文名", "논문 제목",
    ),
    "paper": ("论文", "原论文", "論文", "原論文", "논문"),
    "citekey": ("citekey", "citation key", "cite key"),
    "tags": (
        "tags", "keywords", "key words", "topics",
        "标签", "关键词", "关键字", "標籤", "關鍵詞", "タグ", "キーワード", "태그", "키워드",
        "etiquetas", "palabras clave", "palavras-chave", "mots-clés", "schlagwörter", "schlüsselwörter",
    ),
}  # fmt: skip
KEYS = {label: key for key, labels in _LABELS.items() for label in labels}
"""Lower-case label -> what its line gives. Any document has a `title`; a `paper_title` is always a paper's.

After `paper`, there is its title or its address.
"""
HEADINGS = {**KEYS, "paper": "paper"}
"""The same for headings: a line `Paper: ...` may say anything, the line under `Paper` above `Author` is the title."""
PUBLISHED = {
    "publication date", "date of publication", "发表日期", "出版日期", "发表时间", "出版时间", "発表日", "出版日",
    "발표일", "게재일", "출판일",
}  # fmt: skip
"""Labels for the day on which a paper came out; `published` and others may be the day of a post."""
ENGLISH_AUTHORS = {"author", "authors", "author(s)", "creator", "creators"}
OF_ONE = {"author", "creator", "autor", "auteur", "автор"}
"""Labels for a single author, unless the line says otherwise."""
AUTHORS = (
    "author", "creator", "autor", "auteur", "автор",
    "作者", "原文作者", "论文作者", "论文著者", "著者", "論文著者", "저자", "논문 저자",
)  # fmt: skip
"""Every label of authors begins with one of these."""
PAPER = frozenset(label[0] for key in ("paper", "paper_title") for label in _LABELS[key]) | {"P"}
"""Every label of a paper's title begins with one of these letters."""
_OF_TITLES = [*(label for key in ("title", "paper_title", "paper") for label in _LABELS[key]), "paper"]
_TITLE_LABEL = rare(rf"^[\s>*+_-]{{0,12}}(?:{'|'.join(_OF_TITLES)})[*_]{{0,2}}\s?[:：]", re.IGNORECASE | re.MULTILINE)
_TITLE_SIGNS = ("title", "titre", "titel", "titulo", "paper:", "paper*", "paper name")
_TITLE_SIGNS_BEYOND_ASCII = ("títul", "название", "标题", "题目", "题名", "论文", "論文", "タイトル", "제목", "논문")
"""Every such label contains one of these, in lower case."""
_SIGNS = ("uthor", "utor", "uteur", "reator", "per title", "per Title", "per name", "per Name",
          "ags:", "ags*", "words:", "words*", "opics:", "opics*")  # fmt: skip
_SIGNS_BEYOND_ASCII = ("втор", "作者", "著者", "저자", "论文", "論文", "논문", "原文", "标题",
                      "标签", "關鍵", "关键", "標籤", "タグ", "キーワ", "태그", "키워")  # fmt: skip
_INFORMATION = {
    "meta", "metadata", "meta data", "paper info", "paper information", "paper metadata", "research information",
    "basic information", "article information", "publication information", "bibliographic information",
    "citation", "citation information", "paper details", "article details", "publication details",
    "bibliographic details", "bibliographic data",
    "files and links", "zotero links",
    "metadatos", "metadados", "metadaten", "métadonnées",
    "信息", "元信息", "基本信息", "论文信息", "论文元信息", "论文基本信息", "论文来源", "文章信息", "文献信息",
    "论文笔记", "阅读笔记", "论文阅读笔记", "論文資訊", "基本資訊",
    "論文情報", "論文情報・リンク", "書誌情報", "文献情報", "参照文献情報", "基本情報",
    "논문 정보", "논문 기본 정보", "기본 정보", "서지 정보", "메타데이터",
    "paper link", "link to paper", "link to the paper", "original paper", "论文链接", "论文地址", "論文リンク",
    "논문 링크", "원본 논문 링크",
}  # fmt: skip
BIBLIOGRAPHIES = {
    "references", "bibliography", "works cited", "literature", "literature cited", "cited works", "citations",
    "referencias", "referências", "bibliografía", "bibliografia", "literatur", "literaturverzeichnis", "références",
    "bibliographie", "литература", "参考文献", "참고문헌",
}  # fmt: skip
"""Lower-case headings over lists of citations."""
_REFERENCES = BIBLIOGRAPHIES | {
    "reference", "reference list", "list of references", "references and notes", "references and links",
    "key references", "selected references", "papers cited", "cited papers", "cited literature", "sources", "see also",
    "further reading", "suggested reading", "additional reading", "background reading", "related", "related work",
    "related works", "related papers", "related reading", "related literature", "key papers", "prior work", "prior art",
    "previous work", "follow-up work", "follow-up papers",
    "referenzen", "quellen", "quellenverzeichnis", "literaturangaben", "literaturhinweise", "weiterführende literatur",
    "verwandte arbeiten", "références bibliographiques", "ouvrages cités", "lectures complémentaires",
    "pour aller plus loin", "travaux connexes", "referencias bibliográficas", "referências bibliográficas",
    "trabajos relacionados", "trabalhos relacionados", "riferimenti", "riferimenti bibliografici", "lavori correlati",
    "список литературы", "источники",
    "参考", "参考资料", "参考论文", "引用文献", "相关工作", "相关论文", "相关文献", "延伸阅读", "扩展阅读",
    "參考文獻", "參考資料", "相關工作", "相關論文",
    "関連研究", "関連論文", "参考論文",
    "참고 문헌", "참고 자료", "참고자료", "관련 연구", "관련 논문",
}  # fmt: skip
"""Lower-case headings over works that a note about one paper may cite in full."""
SUMMARIES = {
    "summary", "notes", "note", "comment", "comments", "tldr", "tl;dr", "description", "abstract", "idea", "key idea",
    "core idea", "main idea", "contribution", "contributions", "core contribution", "key contribution",
    "key contributions", "main contribution", "main contributions", "innovation", "key innovation", "takeaway",
    "key takeaway", "key takeaways", "in short", "one-liner", "one-sentence summary",
    "摘要", "总结", "简介", "一句话", "一句话总结", "核心思想", "核心贡献", "核心观点", "创新点", "主要贡献", "贡献",
    "要点", "概要", "要約", "まとめ", "요약", "한줄 요약", "핵심", "핵심 아이디어", "핵심 내용",
}  # fmt: skip
"""Lower-case labels of what a paper does."""
_KINDS_OF_PAPERS = (
    r"(?:must[ -]read|key|core|essential|seminal|important|classic(?:al)?|foundational|landmark|influential|recommended"
    r"|related|relevant|interesting|favou?rite|good|best|top|unread|\d+)"
)
TITLES, PAPERS, TITLES_OF_PAPERS = 1, 2, 3
"""What a heading, or the name of a note, says is under it; titles alone may also be those of novels."""
_OVER_PAPERS = rare(
    r"\bpapers? (?:list|queue|backlog|to read|worth reading)\b|论文列表|論文リスト|논문 목록"
    r"|\blist of (?:\w+ )?papers\b"
    rf"|\b{_KINDS_OF_PAPERS} (?:papers|articles|publications)\b"
    r"|\b(?:papers|articles|publications) (?:to read|worth reading)\b",
    re.IGNORECASE,
)
_PAPERS = rare(
    r"\W*papers(?: (?:read|reviewed|discussed|presented|covered)| (?:i|we)(?: have|'ve)? read)?\W*", re.IGNORECASE
)
_OVER_TITLES = rare(
    r"\bto[ -]?read(?:\s(?:list|next|queue|later|soon))?\W*$|\bread(?:ing)? (?:list|queue|next|later)\b|待读|必读"
    rf"|\b{_KINDS_OF_PAPERS} reads\b|\b(?:zu lesen|à lire|por leer|da leggere)\W*$",
    re.IGNORECASE,
)
_SIGNS_OF_TITLES = ("read", "paper", "article", "publication", "lesen", "lire", "leer", "leggere")
_REFERENCES_LABEL = rare(
    r"^(?:(?P<sign>\*\*|__)(?P<bold>[^\n*_:：]{2,40})[:：]?(?P=sign)[:：]?|(?P<plain>[^\W\d_][^\n*_:：]{1,40})[:：])\s*$",
    re.MULTILINE,
)
"""`**References**`, `References:` on a line of its own."""
_SIGNS_OF_LABEL = ("eferences", "ibliogra", "文献", "литература")
_BEFORE = rare(r"^\W+")
"""`📌 Metadata`"""
_NUMBER = rare(r"\d{1,2}(?:[.)]?\s+|、\s*)|[一二三四五六七八九十]{1,3}[、.．]\s*")
_TRANSLATED = rare(r"\s?[(（][^()（）]{1,40}[)）]$")
"""`论文信息 (Paper Information)`"""


def may_tell(text: str) -> bool:
    """Whether a text may contain a label of authors or of a paper's title."""
    if any(map(text.__contains__, _SIGNS)):
        return True
    return not text.isascii() and any(map(text.__contains__, _SIGNS_BEYOND_ASCII))


def titles(text: str) -> int:
    """How many lines may begin with the label of a paper's title."""
    bare = text.lower()
    may_be = any(map(bare.__contains__, _TITLE_SIGNS))
    if not may_be and (bare.isascii() or not any(map(bare.__contains__, _TITLE_SIGNS_BEYOND_ASCII))):
        return 0
    return len(_TITLE_LABEL.findall(text))


@remembered(512)
def is_information(heading: str) -> bool:
    """Whether a section with this heading only identifies the paper that the note is about."""
    return _words(heading) in _INFORMATION


@remembered(512)
def is_reference_list(heading: str) -> bool:
    """Whether a section with this heading may list works cited in full."""
    return _words(heading) in _REFERENCES


@remembered(512)
def over_titles(heading: str) -> int:
    """`TITLES_OF_PAPERS`, `PAPERS` or `TITLES`, if a heading or the name of a note says that these follow, else 0."""
    words = heading.replace("_", " ").lower()
    if words.isascii() and not any(map(words.__contains__, _SIGNS_OF_TITLES)):
        return 0
    if _OVER_PAPERS.search(words):
        return TITLES_OF_PAPERS
    return PAPERS if _PAPERS.fullmatch(words) else TITLES if _OVER_TITLES.search(words) else 0


def reference_label(text: str) -> int:
    """The offset of the last line that consists of such a heading, in bold or with a colon; -1 if there is none."""
    found = -1
    if any(map(text.__contains__, _SIGNS_OF_LABEL)):
        for label in _REFERENCES_LABEL.finditer(text):
            if (label["bold"] or label["plain"]).strip().lower() in BIBLIOGRAPHIES:
                found = label.start()
    return found


def _words(heading: str) -> str:
    """A heading in lower case without a picture or number before it and a translation or colon after it."""
    heading = heading if heading[:1].isalnum() else _BEFORE.sub("", heading)
    if heading[:1].isnumeric() and (numbered := _NUMBER.match(heading)):
        heading = heading[numbered.end() :]
    heading = heading.rstrip(":：")
    return (_TRANSLATED.sub("", heading) if heading[-1:] in ")）" else heading).lower()

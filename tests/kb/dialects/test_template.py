"""Templates are about nothing; notes that contain braces are not templates."""

import pytest

from kb.read import read


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: {{title}}\narxiv: {{arxiv}}\n---\n# {{title}}\n[[{{title}}]]\n",
        '---\ncreated: "{{date:YYYY-MM-DD}}"\nkind: paper\n---\n## Summary\n',
        "---\ncreated: <% tp.date.now() %>\n---\n# Paper\n",
        "<%* const name = await tp.system.prompt('x') %>\n[[somewhere]]\n",
        '---\ntitle: {{title}}\nyear: {{date | format("YYYY")}}\n---\n',
        '---\ntitle: "{{ replace .Name "-" " " | title }}"\ndate: {{ .Date }}\n---\n',
        "# {{title}}\n\n**Authors:** {{authors}}\n",
        "# 📄 {{ page.title }}\n",
    ],
)
def test_a_template_is_about_nothing(text: str) -> None:
    record = read("other/Paper.md", text.encode())
    assert (record.dialect, record.title, record.entries, record.links) == ("template", "Paper", (), ())
    assert record.dialect_by.startswith(("the placeholder `{{", "the placeholder `<%"))
    assert record.diagnostics == ()


@pytest.mark.parametrize(
    "text",
    [
        '---\ntitle: "{{BERT}}: Pre-training of Deep {{T}}ransformers"\narxiv: 1810.04805\n---\n',
        '---\ntitle: "{{Attention Is All You Need}}"\narxiv: 1706.03762\n---\n',
        '---\ntitle: "{{GPT-3.5 | a report}}"\narxiv: 2303.08774\n---\n',
        "---\ntitle: How to use {{date}} and <% tp %> in notes\narxiv: 1706.03762\n---\n",
        "---\narxiv: 1706.03762\n---\n![]({{ site.baseurl }}/fig.png) and `{{title}}`\n",
        "---\narxiv: 1706.03762\n---\n{{< figure src=x >}}\n\nTemplates say {{title}} and <% x %>.\n",
    ],
)
def test_braces_in_a_note_are_its_own(text: str) -> None:
    record = read("n.md", text.encode())
    assert record.dialect != "template"
    assert len(record.entries) == 1

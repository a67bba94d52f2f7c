"""The query language on one page, for people and agents alike."""

REFERENCE = """\
title:X venue:X category:X      a part of it
author:X                        a part; author:"Ann Bo" and author:"Bo, A." find Ann C. Bo
family:X status:X               the whole of it
year:2017 year:2014..2017       or year:2017.. or year:>=2017; date:2017-06..2018 alike
tag:X                           tag:ml finds ml/nlp, too
pattern:X constraint:X          what is narrower than X, too
has:code                        or claim, benchmark, note, doi, arxiv
is:own (in your notes)          or survey, orphan (linked with nothing), ghost (linked to, without note), paper
builds-on:X led-to:X            what builds on X; what X builds on
cites:X cited-by:X              what cites X; what X cites
builds-on:X*                    in any number of steps; the same with the other three
mentions:X in:X                 papers whose notes name X; papers that the note X names
path:X                          where the note lies: path:folder/ or path:*/2017-*.md
words "a phrase" begin*         in the text of the notes
Terms side by side must all hold; also `a OR b`, `-term`, `( )`, and `field:a,b` for either.
A value with blanks stands in quotes. A paper is named by its key, id, title or alias."""

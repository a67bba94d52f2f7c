"""The query language on one page, for people and agents alike."""

REFERENCE = """\
title:X venue:X category:X      contains X
author:X                        contains X; author:"Ann Bo" and author:"Bo, A." find Ann C. Bo
family:X status:X               is X, the whole value
year:2017 year:2014..2017       when it came out; or year:2017.. or year:>=2017; also date:2017-06..2018
tag:X                           also nested tags: tag:ml finds ml/nlp
pattern:X constraint:X          also narrower ones
has:code                        or claim, benchmark, note, doi, arxiv
is:own (in your notes)          or survey, orphan (no links in or out), ghost (linked to, but has no note), paper
builds-on:X led-to:X            what builds on X; what X builds on
cites:X cited-by:X              what cites X; what X cites
builds-on:X*                    in any number of steps; same for the other three
mentions:X in:X                 papers whose notes name X; papers that the note X names
path:X                          path of the note: path:folder/ or path:*/2017-*.md
words "a phrase" begin*         in the text of the notes
Terms next to each other must all match; also `a OR b`, `-term`, `( )`, and `field:a,b` for either.
Put a value that has spaces in quotes. A paper is named by its key, id, title or alias."""

"""Words that say little of what a title is about."""

import re

SMALL_WORDS = frozenset(re.findall(
    r"\w+",
    "a an the and or but nor if as at about above across after against along amid among around before behind below "
    "between beyond by despite down during for from in inside into like near of off on onto out over past per since "
    "than through to toward towards under until up upon versus via vs with within without "
    "what when where which who whom whose why how whether "
    "am is are was were be been being do does did can could may might must shall should will would has have had "
    "isnt arent wasnt werent dont doesnt didnt cant couldnt wont wouldnt shouldnt "
    "der die das den dem des ein eine einer eines und le la les un une des du de et el los las una uno y",
))  # fmt: skip
"""Articles, prepositions, question words and auxiliaries."""

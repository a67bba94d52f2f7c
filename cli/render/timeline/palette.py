"""One color per lane, and the neutral ones. A test holds the contrasts; more lanes than colors start over.

Text in LIGHT and DARK reaches 4.5 : 1 on its own band, TERMINAL on black and on white alike.
"""
# teal, blue, rust, purple, olive; red, indigo, pink, slate, green
LIGHT = ("#00735c", "#0c5fa8", "#a34700", "#8a2a8a", "#5c5c00",
         "#b3201f", "#4b3fb5", "#ad1f68", "#46586a", "#2e6b1f")
DARK = ("#3fc1a0", "#6cb2f0", "#f0a04b", "#d992e0", "#c2bd3f",
        "#ff8a80", "#a99cf5", "#f58ac0", "#a5b5c6", "#8ccf6f")
TERMINAL = ("#13856e", "#1d78c8", "#b55e1a", "#c03ac0", "#797911",
            "#dc3332", "#7269cb", "#d92883", "#5f7890", "#398527")

LIGHT_PAPER, LIGHT_INK, LIGHT_FAINT, LIGHT_GRID = "#ffffff", "#1b2430", "#566170", "#dde3ea"
DARK_PAPER, DARK_INK, DARK_FAINT, DARK_GRID = "#14181d", "#e8edf2", "#9aa7b5", "#2c343d"
BAND_OPACITY = 0.07


def color_index(lane: int) -> int:
    """Which color a lane has."""
    return lane % len(LIGHT)

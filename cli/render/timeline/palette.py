"""One color per lane, and the neutral ones. Tests check the contrasts; with more lanes than colors, colors repeat.

LIGHT and DARK are for marks: 4.5 : 1 on their own band, and any two of them 15 apart (CIEDE2000), also for people
who lack long, middle or short wavelength cones. NAMES are the same hues with the 7 : 1 that text needs.
TERMINAL reaches 4.5 : 1 on black and on white alike.
"""
# teal, blue, brown, purple, olive, crimson; deep blue, dark teal
LIGHT = ("#147066", "#335cff", "#663300", "#470a66", "#7a700a", "#cc0a66", "#0a00d6", "#0a3d33")
LIGHT_NAMES = ("#105c54", "#2645bf", "#663300", "#470a66", "#585107", "#9e084f", "#0a00d6", "#0a3d33")
# teal, blue, orange, mauve, yellow, rose; lavender, pale cyan
DARK = ("#3dc2a3", "#6685ff", "#f5a329", "#a37aa3", "#ffff8f", "#ff5270", "#b8b8f5", "#b8f5f5")
DARK_NAMES = ("#3dc2a3", "#90a7ff", "#f5a329", "#bfa2bf", "#ffff8f", "#ff869b", "#b8b8f5", "#b8f5f5")
TERMINAL = ("#13856e", "#1d78c8", "#b55e1a", "#c03ac0", "#797911", "#dc3332", "#7269cb", "#d92883")

LIGHT_PAPER, LIGHT_INK, LIGHT_FAINT, LIGHT_GRID = "#ffffff", "#1b2430", "#4a5563", "#dde3ea"
DARK_PAPER, DARK_INK, DARK_FAINT, DARK_GRID = "#14181d", "#e8edf2", "#a9b5c2", "#2c343d"
BAND_OPACITY = 0.07


def color_index(lane: int) -> int:
    """Which color a lane has."""
    return lane % len(LIGHT)


def mixed(color: str, ground: str, share: float = BAND_OPACITY) -> str:
    """A share of one color on another: by default the band of a lane on its paper."""
    channels = ((int(color[i:i + 2], 16), int(ground[i:i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(share * a + (1 - share) * b):02x}" for a, b in channels)

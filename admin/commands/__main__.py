"""`python -m admin.commands` is `marquee`: how the supervisor starts its own processes."""

from admin.commands import marquee

marquee(prog_name="marquee")

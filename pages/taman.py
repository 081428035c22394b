"""Penjagaan Taman: with so many guards, which parks open in which shift, and why the others do not."""

from ui import guards, shell

screen = shell.open_page("taman")
plan = guards.asked(screen)

shell.headline(screen, plan.sentence, "guards", **plan.query)
guards.notes(plan, screen)
guards.take_along(plan, screen)
guards.timeline(plan, screen)
guards.cards(plan, screen)
guards.table(plan, screen)
shell.footer(screen)

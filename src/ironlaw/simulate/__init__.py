"""Seeded discrete-event and Monte-Carlo models. Each agrees with its closed form, where there is one, within a stated confidence."""

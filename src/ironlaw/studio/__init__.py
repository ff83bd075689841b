"""The web surface: a thin ASGI shell around `ironlaw.session`. `app.create_app` makes the application."""

"""How the web process serves: gunicorn with a worker of our own."""

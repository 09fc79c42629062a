"""How gunicorn serves the pages and the API: `gunicorn --config config/gunicorn.py config.wsgi`."""

from config import environment

workers = environment.number("WEB_PROCESSES", 2)
threads = 4
timeout = 60
graceful_timeout = 8  # seconds; the supervisor waits a little longer
accesslog = None
errorlog = "-"
loglevel = "warning"
control_socket_disable = True
# A worker's heartbeat file belongs where writing costs nothing; gunicorn picks memory where there is some.
worker_tmp_dir = None

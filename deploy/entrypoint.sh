#!/bin/sh
# What the container runs: app (default), api, health, or any `python -m core` command.
set -eu
probe() {
  python -c "import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=4)" "$1" 2>/dev/null
}
case "${1:-app}" in
  app) exec python deploy/run_app.py --host 0.0.0.0 --port 8501 ;;
  api) exec python -m core serve --host 0.0.0.0 --port 8000 ;;
  health) probe http://127.0.0.1:8501/_stcore/health || probe http://127.0.0.1:8000/health ;;
  *) exec python -m core "$@" ;;
esac

# One image for the app and the API:
#   docker build -t mastery .
#   docker run -p 8501:8501 mastery            the app
#   docker run -p 8000:8000 mastery api        the HTTP API
# Size, added up from what each step installs: about 130 MB base, 140 MB Apertium with Perl and ICU under it (44 its own),
# 3,700 MB environment (TensorFlow 1,272, PyTorch 699, llvmlite under shap 179, OpenCV 169, pyarrow 157) and 170 MB ours.
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --no-cache-dir uv==0.13.9
COPY requirements.txt .
RUN /opt/venv/bin/pip install --no-cache-dir --extra-index-url https://download.pytorch.org/whl/cpu torch==2.13.0 \
 && /opt/venv/bin/uv pip install --no-cache --python /opt/venv/bin/python -r requirements.txt \
 && /opt/venv/bin/pip uninstall --yes uv

FROM python:3.11-slim-bookworm
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends libgomp1 apertium apertium-eng-spa apertium-fr-es apertium-es-pt \
    apertium-spa-ita apertium-eng-cat apertium-en-gl \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home --uid 10001 mastery \
 && install -d -o mastery -g mastery /var/lib/mastery
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY Home.py ./
COPY .streamlit .streamlit
COPY core core
COPY pages pages
COPY static static
COPY data data
COPY models models
COPY deploy/run_app.py deploy/hub_app.py deploy/entrypoint.sh deploy/
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    MALLOC_ARENA_MAX=2 \
    HUB_HOME=/var/lib/mastery \
    STREAMLIT_SERVER_FILE_WATCHER_TYPE=none \
    STREAMLIT_CLIENT_SHOW_ERROR_DETAILS=none
USER 10001:10001
EXPOSE 8501 8000
VOLUME /var/lib/mastery
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["sh", "/app/deploy/entrypoint.sh", "health"]
ENTRYPOINT ["sh", "/app/deploy/entrypoint.sh"]
CMD ["app"]

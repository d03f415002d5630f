# The production image: server, worker and command line; PostgreSQL runs elsewhere.
FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE NOTICE alembic.ini ./
COPY src src
COPY migrations migrations
RUN python -m venv /upline && /upline/bin/pip install --no-cache-dir '.[pdf]'

FROM python:3.13-slim
# Names on statements in letters that typst has no font for.
RUN apt-get update && apt-get install -y --no-install-recommends fonts-noto-core fonts-noto-cjk \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/upline upline \
    && install -d -o upline -g upline /var/lib/upline/kernels
COPY --from=build /upline /upline
ENV PATH=/upline/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    # Where compiled engine kernels are kept; a volume here saves compiling after each start.
    NUMBA_CACHE_DIR=/var/lib/upline/kernels
USER upline
WORKDIR /var/lib/upline
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=90s CMD ["python", "-c", \
    "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/ready', timeout=2)"]
CMD ["upline", "serve", "--host", "0.0.0.0"]

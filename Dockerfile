# The service, for a PostgreSQL server beside it (docker-compose.yml). Built from the lock alone, run by nobody in particular.
FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv /opt/dateline
WORKDIR /src
COPY requirements.lock ./
RUN /opt/dateline/bin/python -m pip install --no-deps --require-hashes -r requirements.lock
COPY LICENSE pyproject.toml ./
COPY events events
COPY projections projections
COPY services services
RUN /opt/dateline/bin/python -m pip install --no-deps --no-index --no-build-isolation .

FROM python:3.13-slim
COPY --from=build /opt/dateline /opt/dateline
COPY dossier /usr/share/dateline/dossier
RUN useradd --system --uid 8321 --home-dir /nonexistent --shell /usr/sbin/nologin dateline \
    && install --directory --owner=8321 --mode=0700 /var/backups/dateline
ENV PATH=/opt/dateline/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 8321
WORKDIR /
EXPOSE 8321
CMD ["dateline", "serve"]

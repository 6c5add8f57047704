FROM python:3.11.14-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore

# The code belongs to root and cannot be changed by the process; only /data can be written.
RUN useradd --system --uid 10001 --no-create-home rykker && install --directory --owner=rykker /data
WORKDIR /app

# --require-hashes refuses anything that is not the locked file.
COPY requirements.txt ./
RUN pip install --require-hashes -r requirements.txt

COPY . .
RUN pip install --no-deps --no-build-isolation --editable . && python -m compileall -q .

ENV RYKKER_DATA=/data
VOLUME /data
USER rykker

# Any process of ours answers this way: the worker is one of those who ask for work. Compose asks the API itself.
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s \
    CMD temporal task-queue describe --task-queue rykker --legacy-mode | grep -q "@$(hostname)"
CMD ["python", "-m", "worker"]

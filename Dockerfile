# whysim-server with its built-in model, for a user without rights. docs/server.md says how to run it.
FROM rust:1-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends build-essential \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# rust-toolchain.toml asks for components that a build does not need.
RUN rm rust-toolchain.toml && cargo build --locked --release -p whysim-server

FROM debian:bookworm-slim
# Certificates for models from the hub; curl for the health check.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home --home-dir /var/lib/whysim-server whysim
COPY --from=build /src/target/release/whysim-server /usr/local/bin/whysim-server
COPY --from=build /src/LICENSE-MIT /src/LICENSE-APACHE /usr/share/doc/whysim-server/
USER 10001
ENV HF_HOME=/var/lib/whysim-server/huggingface
WORKDIR /var/lib/whysim-server
VOLUME /var/lib/whysim-server
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["curl", "--fail", "--silent", "--output", "/dev/null", "http://127.0.0.1:8080/ready"]
# Inside a container loopback cannot be reached from outside; whoever publishes the port decides who can.
ENTRYPOINT ["/usr/local/bin/whysim-server", "--listen", "0.0.0.0:8080"]

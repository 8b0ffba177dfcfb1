# The gateway as an image: built from source, run by a user without rights, with nothing inside but the program.
#   docker build -t tenantry .

FROM rust:1.90-bookworm AS build
WORKDIR /source
COPY Cargo.toml Cargo.lock ./
COPY entity entity
COPY migration migration
COPY bench bench
COPY src src
# Named in the manifest; tests are not built.
COPY tests/main.rs tests/main.rs
# The target stays out of the layer; the caches make the next build a short one.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/source/target \
    cargo build --release --locked --bin tenantry && cp target/release/tenantry /tenantry

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /tenantry /usr/local/bin/tenantry
USER nonroot:nonroot
ENV TENANTRY_LISTEN=0.0.0.0:8080
EXPOSE 8080
# It says itself how it is doing: GET /healthz and /readyz.
ENTRYPOINT ["/usr/local/bin/tenantry"]
CMD ["serve"]

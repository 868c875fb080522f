# The server and nothing else: one binary, the C library it links, and the certificates to reach Twilio.
#
#   docker build -t switchboard . && docker run --env-file .env -p 8080:8080 switchboard
#
# Kept simple on purpose: it was written where no image can be built, so it has not been tried. distroless/cc rather
# than a static musl binary, because the TLS library is C and glibc is what it is tested on. There is no shell inside
# and no HEALTHCHECK: ask GET /live and GET /ready from outside, as orchestrators do.

FROM rust:1.95-bookworm AS build
WORKDIR /build
COPY Cargo.toml Cargo.lock ./
COPY src src
COPY twiml twiml
# Cargo wants to see the test and benchmark targets that the manifest names, though it builds none of them.
COPY tests tests
RUN cargo build --release --locked --bin switchboard

# Has the CA certificates; `nonroot` is user 65532.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /build/target/release/switchboard /switchboard
USER nonroot
# The default is loopback, which nobody outside the container could reach.
ENV LISTEN=0.0.0.0:8080
EXPOSE 8080
# The server drains on SIGTERM, which is what `docker stop` sends to this process itself.
ENTRYPOINT ["/switchboard"]
CMD ["serve"]

# The server and nothing else: one static binary, and the certificates to reach Twilio.
#
#   docker build -t switchboard . && docker run --env-file .env -p 8080:8080 switchboard
#
# It was written where no image can be built, so it has not been tried. Alpine links the C library (musl) statically, so
# that nothing else need be in the image. There is no shell inside: the program itself asks whether it is alive.

FROM rust:1.95-alpine AS build
# A C compiler for the TLS library and the allocator. Neither of them needs the kernel's headers.
RUN apk add --no-cache build-base ca-certificates
WORKDIR /build
COPY Cargo.toml Cargo.lock ./
COPY src src
COPY twiml twiml
# Cargo wants to see the test and benchmark targets that the manifest names, though it builds none of them, and the
# stand-in that [patch.crates-io] names lies there.
COPY tests tests
RUN cargo build --release --locked --no-default-features --bin switchboard

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /build/target/release/switchboard /switchboard
USER 65532:65532
# The default is loopback, which nobody outside the container could reach.
ENV LISTEN=0.0.0.0:8080
EXPOSE 8080
# Alive, not ready: a container that is only ending must not be restarted for it. Orchestrators that tell the two apart
# ask GET /live and GET /ready themselves.
HEALTHCHECK --interval=10s --timeout=5s --start-period=5s CMD ["/switchboard", "healthcheck"]
# The server drains on SIGTERM, which is what `docker stop` sends to this process itself.
ENTRYPOINT ["/switchboard"]
CMD ["serve"]

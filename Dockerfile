# The server and nothing else: one static binary, and the certificates to reach Twilio.
#
#   docker build -t switchboard . && docker run --env-file .env -p 8080:8080 switchboard
#
# Kept simple on purpose: it was written where no image can be built, so it has not been tried. Alpine links the C
# library (musl) statically, so that nothing else need be in the image. There is no shell inside and no HEALTHCHECK:
# ask GET /live and GET /ready from outside, as orchestrators do.

FROM rust:1.95-alpine AS build
# A C compiler for the TLS library and the allocator; the TLS library includes the kernel's headers, too.
RUN apk add --no-cache build-base ca-certificates linux-headers
WORKDIR /build
COPY Cargo.toml Cargo.lock ./
COPY src src
COPY twiml twiml
# Cargo wants to see the test and benchmark targets that the manifest names, though it builds none of them, and the
# stand-in that [patch.crates-io] names lies there.
COPY tests tests
RUN cargo build --release --locked --bin switchboard

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /build/target/release/switchboard /switchboard
USER 65532:65532
# The default is loopback, which nobody outside the container could reach.
ENV LISTEN=0.0.0.0:8080
EXPOSE 8080
# The server drains on SIGTERM, which is what `docker stop` sends to this process itself.
ENTRYPOINT ["/switchboard"]
CMD ["serve"]

# One image with the programs that ship. Which one runs is the container's
# command: /worker --role …, /gateway, or /starter.
FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# The zone database is in the programs (time/tzdata) and SQLite is pure Go, so
# nothing is needed at run time but the certificate authorities.
RUN CGO_ENABLED=0 go build -ldflags="-s -w" -o /out/ ./worker ./cmd/gateway ./starter && mkdir /empty

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/ /
# For the gateway's health check alone: there is no shell.
COPY --from=busybox:1.37.0-musl /bin/busybox /bin/wget
# A new volume takes over the owner of the folder it is mounted on.
COPY --from=build --chown=65532:65532 /empty /evidence
COPY --from=build --chown=65532:65532 /empty /anchors
USER 65532:65532
ENTRYPOINT ["/worker"]

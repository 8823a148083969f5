# One image with the programs that ship. Which one runs is the container's
# command: /worker --role …, /gateway, or /starter. The same sources give the same
# programs: the toolchain and every module are fixed, by go.mod and go.sum.
FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
# With .git: Go writes the revision into the programs, and `starter version` says it.
COPY . .
# The zone database is in the programs (time/tzdata) and SQLite is pure Go, so
# nothing is needed at run time but the certificate authorities.
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 go build -ldflags="-s -w" -o /out/ ./worker ./cmd/gateway ./starter && mkdir /empty

# No shell and no other program: /worker --healthcheck asks whether a process is well.
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/ /
# A new volume takes over the owner of the folder it is mounted on.
COPY --from=build --chown=65532:65532 /empty /evidence
COPY --from=build --chown=65532:65532 /empty /anchors
USER 65532:65532
ENTRYPOINT ["/worker"]

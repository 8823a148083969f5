package connect

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// mayPass reports whether waiting can help.
func mayPass(err error) bool {
	var away *serviceerror.Unavailable
	var absent *serviceerror.NamespaceNotFound
	var late *serviceerror.DeadlineExceeded
	return errors.As(err, &away) || errors.As(err, &absent) || errors.As(err, &late) ||
		errors.Is(err, context.DeadlineExceeded)
}

// explain says what to set. The error's own text comes last; it holds no secret.
func explain(err error, options client.Options) error {
	var absent *serviceerror.NamespaceNotFound
	var denied *serviceerror.PermissionDenied
	switch {
	case errors.As(err, &absent):
		return fmt.Errorf("the Temporal server at %s has no namespace %q: create it or set TEMPORAL_NAMESPACE: %w",
			options.HostPort, options.Namespace, err)
	case errors.As(err, &denied), status.Code(err) == codes.Unauthenticated:
		return fmt.Errorf("the Temporal server at %s refuses these credentials: check TEMPORAL_API_KEY or "+
			"TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH: %w", options.HostPort, err)
	case strings.Contains(err.Error(), "tls: "), strings.Contains(err.Error(), "x509: "): // gRPC keeps the text only
		return fmt.Errorf("the connection to the Temporal server at %s could not be secured: check TEMPORAL_TLS "+
			"and the other TEMPORAL_TLS_* settings: %w", options.HostPort, err)
	default:
		return fmt.Errorf("no Temporal server answers at %s: set TEMPORAL_ADDRESS, or run one here with "+
			"`go run ./cmd/sandbox`: %w", options.HostPort, err)
	}
}

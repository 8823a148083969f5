package certification_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/workflows/certification"
)

// continuedAs reads the input of the next run out of a run's end.
func continuedAs(t *testing.T, err error) certification.Input {
	t.Helper()
	var next *workflow.ContinueAsNewError
	require.True(t, errors.As(err, &next), "the run ended with %v", err)
	var in certification.Input
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(next.Input, &in))
	require.NotNil(t, in.Carried)
	return in
}

// with is a policy with one thing changed.
func with(policy, from, to string) string {
	return strings.ReplaceAll(policy, from, to)
}

// trackContinuedAs reads the input of a pass's next run out of a run's end.
func trackContinuedAs(t *testing.T, err error) certification.TrackInput {
	t.Helper()
	var next *workflow.ContinueAsNewError
	require.True(t, errors.As(err, &next), "the run ended with %v", err)
	var in certification.TrackInput
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(next.Input, &in))
	return in
}

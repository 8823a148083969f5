package patch_test

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/workflows/patch"
)

// What is wrong with a file by itself is said before it is kept: nobody can take a
// secret out of the blobs again.
func TestBadInput_APayloadIsLookedAtBeforeItIsKept(t *testing.T) {
	for name, c := range map[string]struct {
		in   patch.PayloadInput
		says string // empty: it is kept
	}{
		"a flow set":     {patch.PayloadInput{System: "yard-flows", Data: []byte(yard("new"))}, ""},
		"of a class":     {patch.PayloadInput{System: "yard-flows", Class: "node-red", Data: []byte(yard("new"))}, ""},
		"with a secret":  {patch.PayloadInput{System: "yard-flows", Data: []byte(`[{"id":"a","type":"mqtt-broker","credentials":{"password":"sesame"}}]`)}, "It carries credentials"},
		"an empty one":   {patch.PayloadInput{System: "yard-flows", Data: []byte(`[]`)}, "Give the whole flow set"},
		"another thing":  {patch.PayloadInput{System: "yard-flows", Data: []byte(`<html>`)}, "It is no flow set"},
		"unknown system": {patch.PayloadInput{System: "yard", Data: []byte(yard("new"))}, "it has some in: yard-flows node-red"},
		"no system":      {patch.PayloadInput{Data: []byte(yard("new"))}, "it has some in: yard-flows node-red"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.Env.ExecuteWorkflow(patch.Payload, c.in)
			sum := sha256.Sum256(c.in.Data)
			digest := "sha256:" + hex.EncodeToString(sum[:])
			kept, err := w.Log.Blobs().Get(t.Context(), digest)
			if c.says == "" {
				require.NoError(t, w.Env.GetWorkflowError())
				require.NoError(t, err)
				require.Equal(t, c.in.Data, kept)
				return
			}
			require.ErrorContains(t, w.Env.GetWorkflowError(), c.says)
			require.NotContains(t, w.Env.GetWorkflowError().Error(), "sesame")
			if name != "unknown system" && name != "no system" {
				require.Error(t, err, "nothing is kept")
			}
		})
	}
}

package compliance_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
)

// The JSON names stand in histories and records for ever: they are only added to.
func TestPlatformNamesAreFrozen(t *testing.T) {
	at := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	version := compliance.PlatformVersion{Revision: "r", Content: "c"}
	for want, v := range map[string]any{
		`{"id":"i","platform":"p","address":"A"}`:                                        compliance.Target{ID: "i", Platform: "p", Address: "A"},
		`{"blob":"b","content":"c","version":"v"}`:                                       compliance.Artifact{Blob: "b", Content: "c", Version: "v"},
		`{"artifact":{"blob":"","content":"c"}}`:                                         compliance.Package{Artifact: compliance.Artifact{Content: "c"}, Data: []byte("never in a history")},
		`{"revision":"r","content":"c"}`:                                                 version,
		`{"revision":"r","content":"c","ready":true,"detail":"d"}`:                       compliance.Served{PlatformVersion: version, Ready: true, Detail: "d"},
		`{"key":"k","id":"i","content":"c","state":"waiting_for_human","detail":"d"}`:    compliance.Op{Key: "k", ID: "i", Content: "c", State: compliance.OpWaitingForHuman, Detail: "d"},
		`{"content":"c","problems":[{"where":"w","text":"t"}],"remarks":[{"text":"t"}]}`: compliance.ArtifactReport{Content: "c", Problems: []compliance.Finding{{Where: "w", Text: "t"}}, Remarks: []compliance.Finding{{Text: "t"}}},
		`{"native_rollback":true,"restores_data":true,"validates":true,"compare_and_swap":true,"asynchronous":true,"human_gate":true}`: compliance.PlatformCaps{
			NativeRollback: true, RestoresData: true, Validates: true, CompareAndSwap: true, Asynchronous: true, HumanGate: true},
		`{"check":"s","outcome":"no_data","at":"2026-11-25T12:00:00Z","detail":"d","content":"c","cases":2,"report":"b"}`: compliance.CheckReport{
			Check: "s", Outcome: compliance.CheckNoData, At: at, Detail: "d", Content: "c", Cases: 2, Report: "b"},
		`{"name":"n","outcome":"error","late":true,"status":504,"took":1000,"detail":"d"}`: compliance.CaseResult{
			Name: "n", Outcome: compliance.CheckError, Late: true, Status: 504, Took: time.Microsecond, Detail: "d"},
		`{"id":"f","kind":"kev","address":"a"}`: compliance.Feed{ID: "f", Kind: compliance.FeedKEV, Address: "a"},
		`{"etag":"e","modified":"m"}`:           compliance.FeedMark{ETag: "e", Modified: "m"},
	} {
		got, err := json.Marshal(v)
		require.NoError(t, err)
		require.Equal(t, want, string(got))
	}
}

func TestOpStateOver(t *testing.T) {
	for state, over := range map[compliance.OpState]bool{
		compliance.OpRunning: false, compliance.OpWaitingForHuman: false, "": false, "new": false,
		compliance.OpSucceeded: true, compliance.OpPartlySucceeded: true, compliance.OpFailed: true, compliance.OpAborted: true,
	} {
		require.Equal(t, over, state.Over(), state)
	}
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/bundle"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/evidence/export"
)

// home is what an auditor has: a bundle, the key, and a checkpoint.
type home struct{ bundle, key, keyFile, anchor, manifest string }

func taken(t *testing.T) home {
	t.Helper()
	dir := evidencetest.Dir(t)
	ctx, now := context.Background(), time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)
	clock, anchors := evidencetest.At(now), filepath.Join(dir, "anchors")
	log, err := evidence.Open(ctx, evidence.Config{Dir: filepath.Join(dir, "evidence"), AnchorDirs: []string{anchors}, Now: clock.Now})
	require.NoError(t, err)
	for i := range 3 {
		_, err := log.Append(ctx, []evidence.Event{{Key: fmt.Sprint(i), Type: "change.received", Subject: fmt.Sprintf("change/a/%d", i), Series: "CHG", State: "open", At: now}})
		require.NoError(t, err)
	}
	require.NoError(t, log.Anchor(ctx))
	now = now.AddDate(0, 0, 1)
	clock.Set(now)
	_, err = log.Append(ctx, []evidence.Event{{Key: "last", Type: "change.closed", Subject: "change/a/0", State: "closed", Final: true, At: now}})
	require.NoError(t, err)
	require.NoError(t, log.Close())

	h := home{bundle: filepath.Join(dir, "b.zip"), key: log.PublicKey(), keyFile: filepath.Join(dir, "log.pub")}
	require.NoError(t, os.WriteFile(h.keyFile, []byte(h.key+"\n"), 0o600))
	found, err := filepath.Glob(filepath.Join(anchors, "*", "checkpoint-3"))
	require.NoError(t, err)
	h.anchor = found[0]
	reader, err := evidence.OpenReader(ctx, log.Dir())
	require.NoError(t, err)
	defer reader.Close() //nolint:errcheck // only read from
	raw, err := reader.Anchored([]string{anchors})
	require.NoError(t, err)
	f, err := os.Create(h.bundle)
	require.NoError(t, err)
	day := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	result, err := export.Write(ctx, reader, export.Input{
		Selection: bundle.Selection{From: day, To: day.AddDate(0, 0, 1), Personal: true}, Created: now, By: evidence.Actor{Person: "p-\x1beve"},
		Found: raw, Scratch: dir, Tell: func(evidence.Entry) export.Line { return export.Line{} },
	}, f)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	h.manifest = result.Digest
	return h
}

func verify(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(context.Background(), args, &out, &errs)
	return code, out.String(), errs.String()
}

// E7: what the program says and exits with, for people and for scripts.
func TestE7_TheProgramSaysWhatItProved(t *testing.T) {
	h := taken(t)
	code, out, errs := verify("--key", h.keyFile, "--anchor", h.anchor, "--manifest", h.manifest, h.bundle)
	require.Equal(t, exitVerified, code, out+errs)
	require.Contains(t, out, "VERIFIED\n")
	require.Contains(t, out, "CHG        3 numbers, CHG-1 to CHG-3, no gaps, CHG-3 at the end of 2026-01-05\n")
	require.NotContains(t, out, "not known")
	require.NotContains(t, out, "\x1b")

	code, out, _ = verify(h.bundle, "--output", "json", "--key", h.key)
	require.Equal(t, exitVerified, code)
	var report bundle.Report
	require.NoError(t, json.Unmarshal([]byte(out), &report))
	require.True(t, report.Verified)
	require.Len(t, report.Unknown, 2, "neither an anchor nor the manifest's digest was given")

	code, out, _ = verify(h.bundle)
	require.Equal(t, exitVerified, code)
	require.Contains(t, out, "not known  whether the log is the one you think it is: the key came with the bundle")

	raw, err := os.ReadFile(h.bundle)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(h.bundle+".cut", raw[:len(raw)-7], 0o600))
	code, out, _ = verify("--key", h.key, h.bundle+".cut")
	require.Equal(t, exitUnverified, code)
	require.Contains(t, out, "NOT VERIFIED\n  finding    file: it is not a whole zip file")
}

func TestE7_AWrongCommandLineSaysHowToMendIt(t *testing.T) {
	h := taken(t)
	pipe := h.bundle + ".pipe"
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	for _, c := range []struct {
		args []string
		says string
	}{
		{nil, "it takes one bundle, not 0"},
		{[]string{"a", "b"}, "it takes one bundle, not 2"},
		{[]string{"--nonsense", "a"}, "-nonsense"},
		{[]string{"--output", "xml", h.bundle}, "--output is text or json"},
		{[]string{"--key", "nonsense", h.bundle}, "--key is neither a public key"},
		{[]string{"--key", h.anchor, h.bundle}, "is not a note verifier key"},
		{[]string{"--anchor", "nowhere", h.bundle}, "the anchor cannot be read"},
		{[]string{h.bundle + ".none"}, "no such file"},
		{[]string{pipe}, "is neither a file nor a folder"},
		{[]string{os.DevNull}, "is neither a file nor a folder"},
		{[]string{filepath.Join(filepath.Dir(h.bundle), "evidence")}, "is an evidence directory, not a bundle"},
	} {
		code, out, errs := verify(c.args...)
		require.Equal(t, exitUsage, code, "%v", c.args)
		require.Empty(t, out)
		require.Contains(t, errs, c.says)
		require.Contains(t, errs, "next:")
	}
	code, out, _ := verify("--help")
	require.Equal(t, exitVerified, code)
	require.Contains(t, out, "Exit codes:")
	ctx, stop := context.WithCancel(context.Background())
	stop()
	var errs bytes.Buffer
	require.Equal(t, exitInterrupted, run(ctx, []string{h.bundle}, &bytes.Buffer{}, &errs))
	require.Contains(t, errs.String(), "interrupted")
}

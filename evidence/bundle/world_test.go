package bundle_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/bundle"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/evidence/export"
	"github.com/lowcodex/countersign/evidence/ledger"
)

// world is a log of five days in January 2026, closed again, with anchors.
type world struct {
	dir, anchors, public string
}

func january(day int) time.Time { return time.Date(2026, 1, day, 12, 0, 0, 0, time.UTC) }

// newWorld records: on the 5th CHG-1 and CHG-2, on the 6th CHG-3 and an incident,
// on the 7th the ends of CHG-1 and CHG-3, nothing on the 8th, CHG-4 on the 9th.
func newWorld(t testing.TB) world {
	t.Helper()
	w := world{dir: filepath.Join(evidencetest.Dir(t), "evidence"), anchors: filepath.Join(t.TempDir(), "anchors")}
	clock := evidencetest.At(january(5))
	log, err := evidence.Open(context.Background(), evidence.Config{Dir: w.dir, AnchorDirs: []string{w.anchors}, Now: clock.Now})
	require.NoError(t, err)
	add := func(key, subject, kind string, change func(*evidence.Event)) {
		reason, err := log.Blobs().Put(context.Background(), []byte("why "+key))
		require.NoError(t, err)
		ev := evidence.Event{Key: key, Type: kind, Schema: 1, Subject: subject, At: clock.Now(), Blobs: []evidence.BlobRef{{Role: "reason", Digest: reason}}}
		if change != nil {
			change(&ev)
		}
		_, err = log.Append(context.Background(), []evidence.Event{ev})
		require.NoError(t, err)
	}
	received := func(n int) {
		add(fmt.Sprintf("change/a/%d/received", n), fmt.Sprintf("change/a/%d", n), "change.received", func(e *evidence.Event) { e.Series, e.State = "CHG", "open" })
	}
	person, err := log.Blobs().Put(context.Background(), []byte(`{"salt":"1","name":"Alice Archer"}`))
	require.NoError(t, err)
	ended := func(n int) {
		add(fmt.Sprintf("CHG-%d/closed", n), fmt.Sprintf("change/a/%d", n), "change.closed", func(e *evidence.Event) {
			e.State, e.Final, e.Actor = "closed", true, &evidence.Actor{Person: "p-alice", Snapshot: person}
		})
	}
	rules, err := log.Blobs().Put(context.Background(), []byte(`rules`))
	require.NoError(t, err)
	received(1)
	received(2)
	require.NoError(t, log.Anchor(context.Background()))
	clock.Set(january(6))
	received(3)
	add("incident/x/received", "incident/x", "incident.received", func(e *evidence.Event) { e.Series, e.State = "INC", "triggered" })
	add("alert/m/1/triggered", "alert/m/1", "alert.triggered", func(e *evidence.Event) { e.Number, e.State = "INC-1", "firing" })
	add("CHG-3/decided/1", "change/a/3", "change.decided", func(e *evidence.Event) {
		e.Actor, e.Blobs = &evidence.Actor{Person: "p-alice", Snapshot: person}, append(e.Blobs, evidence.BlobRef{Role: "rules", Digest: rules})
	})
	require.NoError(t, log.Anchor(context.Background()))
	clock.Set(january(7))
	ended(1)
	ended(3)
	clock.Set(january(9))
	received(4)
	require.NoError(t, log.Anchor(context.Background()))
	w.public = log.PublicKey()
	require.NoError(t, log.Close())
	return w
}

// days is a period of whole days of January 2026, both included.
func days(from, to int) bundle.Selection {
	return bundle.Selection{From: january(from).Add(-12 * time.Hour), To: january(to).Add(12 * time.Hour), Personal: true}
}

// export writes a bundle of the world.
func (w world) export(t testing.TB, s bundle.Selection) (path string, result export.Result) {
	t.Helper()
	reader, err := evidence.OpenReader(context.Background(), w.dir)
	require.NoError(t, err)
	defer reader.Close() //nolint:errcheck // only read from
	found, err := reader.Anchored([]string{w.anchors})
	require.NoError(t, err)
	path = filepath.Join(t.TempDir(), "bundle.zip")
	f, err := os.Create(path)
	require.NoError(t, err)
	result, err = export.Write(context.Background(), reader, export.Input{
		Selection: s, By: evidence.Actor{Person: "p-eve", Account: evidence.Account{Provider: "cli", ID: "eve"}}, Created: january(20), Found: found,
		Scratch: filepath.Dir(path), Tell: tellPlainly,
	}, f)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".export-*"))
	require.NoError(t, err)
	require.Empty(t, left, "nothing is left in the scratch folder")
	return path, result
}

func tellPlainly(e evidence.Entry) export.Line {
	l := export.Line{At: e.Record.At, Kind: e.Record.Type, Text: "about <" + e.Record.Subject + ">", State: e.Record.State, Final: e.Record.Final}
	if e.Record.Actor != nil {
		l.Who = e.Record.Actor.Person
	}
	return l
}

func (w world) verify(t testing.TB, path string, change ...func(*bundle.Input)) (bundle.Report, error) {
	t.Helper()
	in := bundle.Input{Path: path, Key: w.public}
	for _, c := range change {
		c(&in)
	}
	return bundle.Verify(context.Background(), in)
}

// unpacked is a bundle somebody may tamper with.
type unpacked struct {
	order []string
	files map[string][]byte
}

func unpack(t testing.TB, path string) *unpacked {
	t.Helper()
	z, err := zip.OpenReader(path)
	require.NoError(t, err)
	defer z.Close() //nolint:errcheck // only read from
	u := &unpacked{files: map[string][]byte{}}
	for _, f := range z.File {
		r, err := f.Open()
		require.NoError(t, err)
		content, err := io.ReadAll(r)
		require.NoError(t, err)
		u.order = append(u.order, f.Name)
		u.files[f.Name] = content
	}
	return u
}

func (u *unpacked) pack(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tampered.zip")
	require.NoError(t, os.WriteFile(path, u.bytes(t), 0o600))
	return path
}

func (u *unpacked) bytes(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, name := range u.order {
		content, ok := u.files[name]
		if !ok {
			continue
		}
		w, err := z.Create(name)
		require.NoError(t, err)
		_, err = w.Write(content)
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return out.Bytes()
}

// lines are those of a file.
func (u *unpacked) lines(name string) []string {
	return strings.Split(strings.TrimSuffix(string(u.files[name]), "\n"), "\n")
}

func (u *unpacked) set(name string, lines []string) {
	u.files[name] = []byte(strings.Join(lines, "\n") + "\n")
	if len(lines) == 0 {
		u.files[name] = nil
	}
}

// without drops lines from..to-1 of records and proofs.
func (u *unpacked) without(from, to int) {
	for _, name := range []string{bundle.RecordsFile, bundle.ProofsFile} {
		u.set(name, slices.Delete(u.lines(name), from, to))
	}
}

func (u *unpacked) manifest(t testing.TB) bundle.Manifest {
	t.Helper()
	var m bundle.Manifest
	require.NoError(t, json.Unmarshal(u.files[bundle.ManifestFile], &m))
	return m
}

// recount makes the manifest anew for what is in the bundle now, as a forger would.
func (u *unpacked) recount(t testing.TB, change ...func(*bundle.Manifest)) {
	t.Helper()
	m := u.manifest(t)
	for _, c := range change {
		c(&m)
	}
	var report ledger.Report
	tally := bundle.NewTally(&report, m.Selection.Scope(1))
	used := map[string]bool{}
	proofs := u.lines(bundle.ProofsFile)
	for n, line := range u.lines(bundle.RecordsFile) {
		var at bundle.Inclusion
		if json.Unmarshal([]byte(proofs[n]), &at) != nil {
			continue
		}
		if n == 0 {
			tally = bundle.NewTally(&report, m.Selection.Scope(at.Index))
		}
		r, _ := tally.Record(at.Index, []byte(line))
		for _, b := range r.Blobs {
			used[b.Digest] = true
		}
		if r.Actor != nil {
			used[r.Actor.Snapshot] = true
		}
	}
	m.Totals, m.Files, m.Blobs.In = tally.Totals(), nil, 0
	for _, name := range slices.Sorted(slices.Values(u.order)) {
		hex, isBlob := strings.CutPrefix(name, bundle.BlobFolder)
		if isBlob && !used["sha256:"+hex] {
			delete(u.files, name)
		}
		content, ok := u.files[name]
		if !ok || name == bundle.ManifestFile {
			continue
		}
		if isBlob {
			m.Blobs.In++
		}
		m.Files = append(m.Files, bundle.File{Name: name, Size: int64(len(content)), Digest: ledger.Digest(content)})
	}
	raw, err := m.Bytes()
	require.NoError(t, err)
	u.files[bundle.ManifestFile] = raw
}

func digestOf(content string) string { return ledger.Digest([]byte(content)) }

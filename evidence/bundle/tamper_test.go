package bundle_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	flog "github.com/transparency-dev/formats/log"
	"golang.org/x/mod/sumdb/note"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/evidence/bundle"
	"github.com/lowcodex/countersign/evidence/ledger"
)

// tampering is one way to make a bundle say something else.
type tampering struct {
	name  string
	do    func(t *testing.T, u *unpacked)
	input func(in *bundle.Input)
	check ledger.Check
	text  string // of a finding
}

func (u *unpacked) flip(name string, at int) {
	content := slices.Clone(u.files[name])
	if at < 0 {
		at += len(content)
	}
	content[at] ^= 1
	u.files[name] = content
}

// edit replaces text in one line of a file.
func (u *unpacked) edit(name string, line int, old, new string) {
	lines := u.lines(name)
	lines[line] = strings.Replace(lines[line], old, new, 1)
	u.set(name, lines)
}

// at is the line of the record with this key.
func (u *unpacked) at(t testing.TB, key string) int {
	t.Helper()
	i := slices.IndexFunc(u.lines(bundle.RecordsFile), func(l string) bool { return strings.Contains(l, `"key":"`+key+`"`) })
	require.GreaterOrEqual(t, i, 0, key)
	return i
}

func (u *unpacked) firstOf(prefix string) string {
	for _, name := range u.order {
		if strings.HasPrefix(name, prefix) {
			return name
		}
	}
	return ""
}

// Every way of tampering is found and named (E7). The bundle is that of the 6th to
// the 8th of January; the forger has no key but makes the manifest anew where it
// says so.
func TestE7_EveryTamperingIsFound(t *testing.T) {
	w := newWorld(t)
	path, result := w.export(t, days(6, 8))
	later, _ := w.export(t, days(5, 9))
	_, otherKey, err := note.GenerateKey(nil, "countersign/evidence")
	require.NoError(t, err)
	anchor := func(size string) func(*bundle.Input) {
		return func(in *bundle.Input) {
			raw, err := os.ReadFile(firstFile(t, filepath.Join(w.anchors, "*", "checkpoint-"+size)))
			require.NoError(t, err)
			in.Anchors = []bundle.Anchor{{Name: "kept", Raw: raw}}
		}
	}
	for _, c := range []tampering{
		{name: "byte of a record", do: func(t *testing.T, u *unpacked) {
			u.edit(bundle.RecordsFile, u.at(t, "CHG-3/closed"), "closed", "clised")
		},
			check: bundle.CheckProof, text: "(CHG-3): it is not what the checkpoint commits to"},
		{name: "byte of a record, manifest anew", do: func(t *testing.T, u *unpacked) {
			u.edit(bundle.RecordsFile, u.at(t, "CHG-3/closed"), "p-alice", "p-boris")
			u.recount(t)
		}, check: bundle.CheckProof, text: "(CHG-3): it is not what the checkpoint commits to"},
		{name: "byte of a blob", do: func(t *testing.T, u *unpacked) { u.flip(u.firstOf("blobs/"), 0) }, check: ledger.CheckBlob, text: "it was altered"},
		{name: "byte of a blob, manifest anew", do: func(t *testing.T, u *unpacked) { u.flip(u.firstOf("blobs/"), 0); u.recount(t) },
			check: ledger.CheckBlob, text: "it was altered"},
		{name: "blob dropped", do: func(t *testing.T, u *unpacked) { delete(u.files, u.firstOf("blobs/")) }, check: ledger.CheckBlob, text: "is missing"},
		{name: "blob dropped, manifest anew", do: func(t *testing.T, u *unpacked) { delete(u.files, u.firstOf("blobs/")); u.recount(t) },
			check: ledger.CheckBlob, text: "is missing"},
		{name: "blob left out that was asked for", do: func(t *testing.T, u *unpacked) {
			name := u.firstOf("blobs/")
			delete(u.files, name)
			u.recount(t, func(m *bundle.Manifest) {
				m.Blobs.LeftOut = []string{"sha256:" + strings.TrimPrefix(name, "blobs/")}
			})
		}, check: ledger.CheckBlob, text: "which was not asked for"},
		{name: "byte of a proof", do: func(t *testing.T, u *unpacked) {
			lines := u.lines(bundle.ProofsFile)
			var p bundle.Inclusion
			require.NoError(t, json.Unmarshal([]byte(lines[3]), &p))
			p.Path[1][5] ^= 1
			raw, err := json.Marshal(p)
			require.NoError(t, err)
			lines[3] = string(raw)
			u.set(bundle.ProofsFile, lines)
		}, check: bundle.CheckProof, text: "record 5 (INC-1): it is not what the checkpoint commits to"},
		{name: "byte of the manifest", do: func(t *testing.T, u *unpacked) {
			u.files[bundle.ManifestFile] = bytes.Replace(u.files[bundle.ManifestFile], []byte(`"records": 1,`), []byte(`"records": 2,`), 1)
		}, check: bundle.CheckManifest, text: "its control totals are not those of the records"},
		{name: "spaces in the manifest", do: func(t *testing.T, u *unpacked) {
			u.files[bundle.ManifestFile] = append(u.files[bundle.ManifestFile], ' ')
		}, check: bundle.CheckManifest, text: "it was edited"},
		{name: "manifest made anew", do: func(t *testing.T, u *unpacked) {
			u.recount(t, func(m *bundle.Manifest) { m.Quiet = nil })
		}, input: func(in *bundle.Input) { in.Manifest = result.Digest }, check: bundle.CheckManifest, text: "the manifest was made anew"},
		{name: "byte of the report", do: func(t *testing.T, u *unpacked) { u.flip(bundle.ReportFile, 5000) }, check: bundle.CheckFile, text: "report.html has"},
		{name: "report made longer", do: func(t *testing.T, u *unpacked) { u.files[bundle.ReportFile] = append(u.files[bundle.ReportFile], ' ') },
			check: bundle.CheckFile, text: "report.html cannot be read: it has more than"},
		{name: "report made anew", do: func(t *testing.T, u *unpacked) { u.flip(bundle.ReportFile, 5000); u.recount(t) },
			input: func(in *bundle.Input) { in.Manifest = result.Digest }, check: bundle.CheckManifest, text: "the manifest was made anew"},
		{name: "byte of the key", do: func(t *testing.T, u *unpacked) { u.flip(bundle.KeyFile, 25) }, check: bundle.CheckFile, text: "key.pub has"},
		{name: "record dropped", do: func(t *testing.T, u *unpacked) { i := u.at(t, "CHG-3/decided/1"); u.without(i, i+1) },
			check: bundle.CheckComplete, text: "before it are missing: the period has all of them"},
		{name: "record dropped, manifest anew", do: func(t *testing.T, u *unpacked) { i := u.at(t, "CHG-3/decided/1"); u.without(i, i+1); u.recount(t) },
			check: ledger.CheckSequence, text: "it is record 3 of \"change/a/3\" and the one before it is record 1: 1 are missing"},
		{name: "subject dropped, manifest anew", do: func(t *testing.T, u *unpacked) {
			for i := len(u.lines(bundle.RecordsFile)) - 1; i >= 0; i-- {
				if strings.Contains(u.lines(bundle.RecordsFile)[i], `"CHG-3","recorded"`) || strings.Contains(u.lines(bundle.RecordsFile)[i], `"subject":"change/a/3"`) {
					u.without(i, i+1)
				}
			}
			u.recount(t)
		}, check: ledger.CheckDay, text: "it says how 2026-01-06 ended for CHG with CHG-3 as the last number; the last one before it is CHG-2: CHG-3 to CHG-3 are missing"},
		{name: "only a record, not its proof", do: func(t *testing.T, u *unpacked) {
			u.set(bundle.RecordsFile, slices.Delete(u.lines(bundle.RecordsFile), 3, 4))
		},
			check: bundle.CheckProof, text: "it is not what the checkpoint commits to"},
		{name: "only the last proof", do: func(t *testing.T, u *unpacked) {
			lines := u.lines(bundle.ProofsFile)
			u.set(bundle.ProofsFile, lines[:len(lines)-1])
		}, check: bundle.CheckProof, text: "do not have the same number of lines"},
		{name: "head cut, manifest anew", do: func(t *testing.T, u *unpacked) { u.without(0, 3); u.recount(t) },
			check: bundle.CheckComplete, text: "which does not say how 2026-01-05 ended"},
		{name: "part of the head cut, manifest anew", do: func(t *testing.T, u *unpacked) { u.without(0, 1); u.recount(t) },
			check: bundle.CheckComplete, text: "records are missing before it"},
		{name: "tail cut, manifest anew", do: func(t *testing.T, u *unpacked) {
			u.without(u.at(t, "CHG-3/closed"), len(u.lines(bundle.RecordsFile)))
			u.recount(t)
		},
			check: bundle.CheckComplete, text: "the tail was cut off"},
		{name: "part of the tail cut, manifest anew", do: func(t *testing.T, u *unpacked) {
			n := len(u.lines(bundle.RecordsFile))
			u.without(n-1, n)
			u.recount(t)
		}, check: bundle.CheckComplete, text: "not everything says how 2026-01-08 ended"},
		{name: "order changed", do: func(t *testing.T, u *unpacked) {
			for _, name := range []string{bundle.RecordsFile, bundle.ProofsFile} {
				lines := u.lines(name)
				lines[3], lines[4] = lines[4], lines[3]
				u.set(name, lines)
			}
		}, check: bundle.CheckProof, text: "it stands after record 6: the order was changed"},
		{name: "record twice", do: func(t *testing.T, u *unpacked) {
			for _, name := range []string{bundle.RecordsFile, bundle.ProofsFile} {
				lines := u.lines(name)
				u.set(name, append(lines, lines[len(lines)-1]))
			}
			u.recount(t)
		}, check: bundle.CheckProof, text: "or it is there twice"},
		{name: "replaced by another valid record", do: func(t *testing.T, u *unpacked) {
			other := unpack(t, later)
			i, j := u.at(t, "CHG-3/decided/1"), other.at(t, "change/a/4/received")
			lines := u.lines(bundle.RecordsFile)
			lines[i] = other.lines(bundle.RecordsFile)[j]
			u.set(bundle.RecordsFile, lines)
			u.recount(t)
		}, check: bundle.CheckProof, text: "(CHG-4): it is not what the checkpoint commits to at this place"},
		{name: "replaced by another valid record with its proof", do: func(t *testing.T, u *unpacked) {
			other := unpack(t, later)
			i, j := u.at(t, "CHG-3/closed"), other.at(t, "change/a/4/received")
			for _, name := range []string{bundle.RecordsFile, bundle.ProofsFile} {
				lines := u.lines(name)
				lines[i] = other.lines(name)[j]
				u.set(name, lines[:i+1])
			}
			u.recount(t)
		}, check: bundle.CheckSelection, text: `it is about "change/a/4", recorded 2026-01-09T12:00:00Z, and was not asked for`},
		{name: "renumbered", do: func(t *testing.T, u *unpacked) {
			for i := range u.lines(bundle.RecordsFile) {
				u.edit(bundle.RecordsFile, i, `"number":"CHG-3"`, `"number":"CHG-9"`)
			}
			u.recount(t)
		}, check: bundle.CheckProof, text: "(CHG-9): it is not what the checkpoint commits to"},
		{name: "signed again with another key", do: func(t *testing.T, u *unpacked) {
			private, public, err := note.GenerateKey(nil, "countersign/evidence")
			require.NoError(t, err)
			u.files[bundle.CheckpointFile] = sign(t, private, u.manifest(t))
			u.files[bundle.KeyFile] = []byte(public + "\n")
			for name := range u.files {
				if strings.HasPrefix(name, bundle.AnchorFolder) {
					delete(u.files, name)
				}
			}
			u.recount(t, func(m *bundle.Manifest) { m.Key = public })
		}, check: ledger.CheckCheckpoint, text: "it was not signed with the key given"},
		{name: "the wrong key is given", input: func(in *bundle.Input) { in.Key = otherKey }, check: ledger.CheckCheckpoint, text: "it was not signed with the key given"},
		{name: "byte of the checkpoint", do: func(t *testing.T, u *unpacked) { u.flip(bundle.CheckpointFile, 30) }, check: ledger.CheckCheckpoint, text: "it was not signed"},
		{name: "byte of an anchor", do: func(t *testing.T, u *unpacked) { u.flip(u.firstOf(bundle.AnchorFolder), 30); u.recount(t) },
			check: ledger.CheckAnchor, text: "was not signed with the key"},
		{name: "anchor renamed", do: func(t *testing.T, u *unpacked) {
			name := u.firstOf(bundle.AnchorFolder)
			u.order = append(u.order, bundle.AnchorFolder+"checkpoint-9999")
			u.files[bundle.AnchorFolder+"checkpoint-9999"] = u.files[name]
			u.recount(t)
		}, check: ledger.CheckAnchor, text: "it was renamed"},
		{name: "anchor dropped", do: func(t *testing.T, u *unpacked) { delete(u.files, u.firstOf(bundle.AnchorFolder)) }, check: bundle.CheckFile, text: "is missing; the manifest lists it"},
		{name: "proof of an anchor dropped", do: func(t *testing.T, u *unpacked) {
			u.set(bundle.ConsistencyFile, u.lines(bundle.ConsistencyFile)[1:])
			u.recount(t)
		}, check: ledger.CheckAnchor, text: "the bundle has no proof from there"},
		{name: "proof of an anchor altered", do: func(t *testing.T, u *unpacked) {
			lines := u.lines(bundle.ConsistencyFile)
			lines[0] = strings.Replace(lines[0], lines[0][20:24], "AAAA", 1)
			u.set(bundle.ConsistencyFile, lines)
			u.recount(t)
		}, check: ledger.CheckAnchor, text: "the log is no extension of its 2 records"},
		{name: "file added", do: func(t *testing.T, u *unpacked) {
			u.order, u.files["readme.txt"] = append(u.order, "readme.txt"), []byte("trust me")
		}, check: bundle.CheckFile, text: `"readme.txt" is not a file of a bundle: it was added`},
		{name: "blob added, manifest anew", do: func(t *testing.T, u *unpacked) {
			name := "blobs/" + strings.TrimPrefix(digestOf("more"), "sha256:")
			u.order, u.files[name] = append(u.order, name), []byte("more")
			m := u.manifest(t)
			m.Blobs.In++
			m.Files = append(m.Files, bundle.File{Name: name, Size: 4, Digest: digestOf("more")})
			raw, err := m.Bytes()
			require.NoError(t, err)
			u.files[bundle.ManifestFile] = raw
		}, check: ledger.CheckBlob, text: "no record refers to blobs/"},
		{name: "name that leads elsewhere", do: func(t *testing.T, u *unpacked) {
			u.order, u.files["../../etc/passwd"] = append(u.order, "../../etc/passwd"), []byte("x")
		}, check: bundle.CheckFile, text: `"../../etc/passwd" is not a file of a bundle`},
		{name: "blob whose name leads elsewhere", do: func(t *testing.T, u *unpacked) {
			u.order, u.files["blobs/../../x"] = append(u.order, "blobs/../../x"), []byte("x")
		}, check: bundle.CheckFile, text: `"blobs/../../x" is not a file of a bundle`},
		{name: "name twice", do: func(t *testing.T, u *unpacked) { u.order = append(u.order, bundle.RecordsFile) }, check: bundle.CheckFile, text: "records.jsonl is in it twice"},
		{name: "file missing", do: func(t *testing.T, u *unpacked) { delete(u.files, bundle.ReportFile) }, check: bundle.CheckFile, text: "report.html is missing"},
		{name: "no manifest", do: func(t *testing.T, u *unpacked) { delete(u.files, bundle.ManifestFile) }, check: bundle.CheckFile, text: "manifest.json is missing"},
		{name: "no records", do: func(t *testing.T, u *unpacked) { delete(u.files, bundle.RecordsFile) }, check: bundle.CheckFile, text: "records.jsonl"},
		{name: "unknown schema", do: func(t *testing.T, u *unpacked) { u.edit(bundle.ManifestFile, 1, "1", "7") },
			check: bundle.CheckManifest, text: "it has schema version 7 and this program knows 1"},
		{name: "unknown field", do: func(t *testing.T, u *unpacked) { u.edit(bundle.ManifestFile, 1, "1,", `1, "x": 1,`) }, check: bundle.CheckManifest, text: `unknown field "x"`},
		{name: "selection widened", do: func(t *testing.T, u *unpacked) {
			u.recount(t, func(m *bundle.Manifest) { m.Selection.From = m.Selection.From.AddDate(0, -1, 0) })
		}, check: bundle.CheckComplete, text: "the records before it are missing"},
		{name: "period made longer", do: func(t *testing.T, u *unpacked) {
			u.recount(t, func(m *bundle.Manifest) { m.Selection.To = m.Selection.To.AddDate(0, 0, 1) })
		}, check: bundle.CheckComplete, text: "the tail was cut off"},
		{name: "last line cut off", do: func(t *testing.T, u *unpacked) {
			u.files[bundle.RecordsFile] = bytes.TrimSuffix(u.files[bundle.RecordsFile], []byte("\n"))
		}, check: bundle.CheckFile, text: "its last line is cut off"},
		{name: "older log, anchor kept", do: func(t *testing.T, u *unpacked) {}, input: func(in *bundle.Input) {
			anchor("*")(in)
			in.Anchors[0].Raw = newerAnchor(t, w)
		}, check: ledger.CheckAnchor, text: "the log's tail was cut off, or the bundle is older than the anchor"},
	} {
		t.Run(c.name, func(t *testing.T) {
			u := unpack(t, path)
			if c.do != nil {
				c.do(t, u)
			}
			report, err := w.verify(t, u.pack(t), func(in *bundle.Input) {
				if c.input != nil {
					c.input(in)
				}
			})
			require.ErrorIs(t, err, ledger.ErrVerification)
			require.False(t, report.Verified)
			all := make([]string, len(report.Findings))
			for i, f := range report.Findings {
				all[i] = f.String()
				if f.Check == c.check && strings.Contains(f.String(), c.text) {
					return
				}
			}
			require.Failf(t, "not named", "no finding %q with %q among:\n%s", c.check, c.text, strings.Join(all, "\n"))
		})
	}
}

// Of single subjects and of one process records are left out between; what is
// missing among those that were asked for is found all the same.
func TestE7_TamperingWithAPartIsFound(t *testing.T) {
	w := newWorld(t)
	subject, _ := w.export(t, bundle.Selection{Subjects: []string{"change/a/3"}, Numbers: []string{"CHG-3"}, Personal: true})
	s := days(5, 8)
	s.Process, s.Roots, s.Series = "change", []string{"change"}, []string{"CHG"}
	process, _ := w.export(t, s)
	drop := func(keys ...string) func(*testing.T, *unpacked) {
		return func(t *testing.T, u *unpacked) {
			for _, key := range keys {
				i := u.at(t, key)
				u.without(i, i+1)
			}
			u.recount(t)
		}
	}
	for _, c := range []struct {
		path string
		tampering
	}{
		{subject, tampering{name: "first record", do: drop("change/a/3/received"), check: ledger.CheckSequence, text: "it is record 2 of \"change/a/3\", and the first 1 are missing"}},
		{subject, tampering{name: "record between", do: drop("CHG-3/decided/1"), check: ledger.CheckSequence, text: "1 are missing"}},
		{subject, tampering{name: "asked for another", do: func(t *testing.T, u *unpacked) {
			u.recount(t, func(m *bundle.Manifest) {
				m.Selection.Subjects, m.Selection.Numbers = []string{"change/a/1"}, []string{"CHG-1"}
			})
		}, check: bundle.CheckSelection, text: "was not asked for"}},
		{process, tampering{name: "record between", do: drop("CHG-3/decided/1"), check: ledger.CheckSequence, text: "1 are missing"}},
		{process, tampering{name: "a whole subject", do: drop("change/a/2/received"), check: ledger.CheckDay, text: "CHG-2 to CHG-2 are missing"}},
		{process, tampering{name: "the last subject", do: drop("change/a/3/received", "CHG-3/decided/1", "CHG-3/closed"), check: ledger.CheckDay, text: "CHG-3 to CHG-3 are missing"}},
		{process, tampering{name: "a day's end", do: drop("day/CHG/2026-01-06"), check: ledger.CheckDay, text: "no record says how 2026-01-06 ended for day/CHG"}},
		{process, tampering{name: "the last day's end", do: drop("day/CHG/2026-01-08"), check: bundle.CheckComplete, text: "the tail was cut off"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			u := unpack(t, c.path)
			c.do(t, u)
			report, err := w.verify(t, u.pack(t))
			require.ErrorIs(t, err, ledger.ErrVerification)
			require.Condition(t, func() bool {
				return slices.ContainsFunc(report.Findings, func(f ledger.Finding) bool { return f.Check == c.check && strings.Contains(f.String(), c.text) })
			}, "no finding %q with %q among %v", c.check, c.text, report.Findings)
		})
	}
}

func firstFile(t testing.TB, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	require.NoError(t, err)
	require.NotEmpty(t, found)
	return found[0]
}

func sign(t *testing.T, private string, m bundle.Manifest) []byte {
	t.Helper()
	signer, err := note.NewSigner(private)
	require.NoError(t, err)
	var root []byte
	_, err = fmt.Sscanf(m.Root, "%x", &root)
	require.NoError(t, err)
	raw, err := note.Sign(&note.Note{Text: string(flog.Checkpoint{Origin: m.Log, Size: m.Size, Hash: root}.Marshal())}, signer)
	require.NoError(t, err)
	return raw
}

// newerAnchor is a checkpoint that the log's key signed over more than the bundle has.
func newerAnchor(t *testing.T, w world) []byte {
	t.Helper()
	private, err := os.ReadFile(filepath.Join(w.dir, "checkpoint.key"))
	require.NoError(t, err)
	return sign(t, strings.TrimSpace(string(private)), bundle.Manifest{Log: "countersign/evidence", Size: 1000, Root: strings.Repeat("ab", 32)})
}

// Re-signed with another key and no key given: the bundle fits itself, and says so.
func TestE7_WithoutAKeyItSaysWhatItCannotKnow(t *testing.T) {
	w := newWorld(t)
	path, _ := w.export(t, days(6, 8))
	report, err := bundle.Verify(t.Context(), bundle.Input{Path: path})
	require.NoError(t, err)
	require.False(t, report.KeyGiven)
	require.Contains(t, strings.Join(report.Unknown, "\n"), "the key came with the bundle")
	_, err = bundle.Verify(t.Context(), bundle.Input{Path: path, Key: "nonsense"})
	require.ErrorIs(t, err, ledger.ErrInvalid)
	_, err = bundle.Verify(t.Context(), bundle.Input{Path: path + ".not"})
	require.ErrorIs(t, err, os.ErrNotExist)
}

// What was cut off and packed badly is found, and nothing small fills a memory.
func TestE7_ABrokenOrHostileZipIsBounded(t *testing.T) {
	w := newWorld(t)
	path, _ := w.export(t, days(6, 8))
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	short := filepath.Join(t.TempDir(), "short.zip")
	for _, n := range []int{0, 1, len(whole) / 2, len(whole) - 1} {
		require.NoError(t, os.WriteFile(short, whole[:n], 0o600))
		report, err := w.verify(t, short)
		require.ErrorIs(t, err, ledger.ErrVerification)
		require.Contains(t, report.Findings[0].Detail, "it is not a whole zip file")
	}
	for name, limit := range map[string]string{
		bundle.RecordsFile: "is longer than any of this file", bundle.ProofsFile: "is longer than any of this file",
		bundle.CheckpointFile: "bytes that it can have", bundle.KeyFile: "bytes that it can have", bundle.ConsistencyFile: "is longer than any of this file",
	} {
		u := unpack(t, path)
		u.files[name] = bytes.Repeat([]byte("0"), 64<<20) // packs to 64 KiB
		report, err := w.verify(t, u.pack(t))
		require.ErrorIs(t, err, ledger.ErrVerification, name)
		require.Contains(t, report.Findings[0].Detail, limit, name)
	}
	// Records without end are not read to their end.
	u := unpack(t, path)
	var records, proofs bytes.Buffer
	for i := range 200_000 {
		fmt.Fprintln(&records, "{}")
		fmt.Fprintf(&proofs, "{\"index\":%d,\"path\":[]}\n", i)
	}
	u.files[bundle.RecordsFile], u.files[bundle.ProofsFile] = records.Bytes(), proofs.Bytes()
	endless, err := w.verify(t, u.pack(t))
	require.ErrorIs(t, err, ledger.ErrVerification)
	require.Less(t, endless.More, 100)
	u = unpack(t, path)
	u.files[u.firstOf(bundle.BlobFolder)] = make([]byte, 64<<20)
	report, err := w.verify(t, u.pack(t))
	require.ErrorIs(t, err, ledger.ErrVerification)
	require.Contains(t, report.Findings[0].Detail, "bytes that it can have")
}

// Whatever byte of whatever file is altered: it is found (rapid).
func TestE7_AnyAlteredByteIsFound(t *testing.T) {
	w := newWorld(t)
	path, result := w.export(t, days(6, 8))
	u := unpack(t, path)
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.SampledFrom(u.order).Draw(rt, "file")
		was := u.files[name]
		altered := slices.Clone(was)
		altered[rapid.IntRange(0, len(was)-1).Draw(rt, "at")] ^= byte(rapid.IntRange(1, 255).Draw(rt, "by"))
		u.files[name] = altered
		defer func() { u.files[name] = was }()
		report, err := w.verify(t, u.pack(t), func(in *bundle.Input) { in.Manifest = result.Digest })
		require.ErrorIs(rt, err, ledger.ErrVerification, "%s", name)
		require.NotEmpty(rt, report.Findings)
	})
}

// Whichever records of a period are dropped, with the manifest made anew: it is found.
func TestC36_AnyDroppedRecordIsFound(t *testing.T) {
	w := newWorld(t)
	path, _ := w.export(t, days(6, 8))
	n := len(unpack(t, path).lines(bundle.RecordsFile))
	rapid.Check(t, func(rt *rapid.T) {
		u := unpack(t, path)
		from := rapid.IntRange(0, n-1).Draw(rt, "from")
		to := rapid.IntRange(from+1, n).Draw(rt, "to")
		if to-from == n {
			return // of a bundle without any record it is said that nothing is known
		}
		u.without(from, to)
		u.recount(t)
		_, err := w.verify(t, u.pack(t))
		require.ErrorIs(rt, err, ledger.ErrVerification)
	})
}

// FuzzVerify: no bytes make the verifier fail in another way than by a finding.
func FuzzVerify(f *testing.F) {
	w := newWorld(f)
	path, _ := w.export(f, days(6, 8))
	whole, err := os.ReadFile(path)
	require.NoError(f, err)
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	var empty bytes.Buffer
	require.NoError(f, zip.NewWriter(&empty).Close())
	f.Add(empty.Bytes())
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, raw []byte) {
		path := filepath.Join(dir, "fuzzed.zip")
		require.NoError(t, os.WriteFile(path, raw, 0o600))
		report, err := bundle.Verify(context.Background(), bundle.Input{Path: path, Key: w.public})
		if err != nil {
			require.ErrorIs(t, err, ledger.ErrVerification)
			require.NotEmpty(t, report.Findings)
		}
	})
}

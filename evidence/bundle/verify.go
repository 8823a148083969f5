package bundle

import (
	"context"
	"errors"
	"io/fs"

	"golang.org/x/mod/sumdb/note"

	"github.com/lowcodex/countersign/evidence/ledger"
)

// Input says what to verify and against what.
type Input struct {
	// Path is a bundle: a zip file, or a folder into which one was unpacked.
	Path string
	// Key is the log's public key as whoever verifies was told it. Empty takes the
	// one in the bundle, which proves only that the bundle fits itself.
	Key string
	// Anchors are checkpoints that were received in another way, by a name for each.
	Anchors []Anchor
	// Manifest is the digest of the manifest as the record of the export has it;
	// empty to leave that open.
	Manifest string
	// Progress, if set, is told how many records are done.
	Progress func(done, total uint64)
}

// Anchor is a checkpoint from elsewhere, not yet trusted.
type Anchor struct {
	Name string
	Raw  []byte
}

// Verify checks a bundle with nothing but itself, a key and anchors (E7). When
// anything fails the report lists it and the error is ledger.ErrVerification;
// other errors mean that there was nothing to verify.
func Verify(ctx context.Context, in Input) (Report, error) {
	v := &verification{in: in, read: map[string]File{}, blobs: map[string]use{}}
	v.report.Findings, v.report.Unknown, v.report.Anchors = []ledger.Finding{}, []string{}, []ledger.AnchorReport{}
	files, err := openFiles(in.Path, v.report.find)
	if err != nil {
		return v.report, err
	}
	v.files = files
	err = v.all(ctx)
	err = errors.Join(err, files.close())
	if err != nil {
		return v.report, err
	}
	if v.report.Verified = len(v.report.Findings) == 0; v.report.Verified {
		return v.report, nil
	}
	return v.report, ledger.Refuse(ledger.ErrVerification, "%d findings, the first: %s", len(v.report.Findings)+v.report.More, v.report.Findings[0])
}

// verification is the state of one run.
type verification struct {
	in       Input
	files    *files
	report   Report
	manifest Manifest
	key      note.Verifier
	cp       ledger.Checkpoint
	read     map[string]File // what files really are, by name
	blobs    map[string]use
	steps    []Consistency // by growing size

	opens  *ledger.DayFacts // of the records of days that the period begins with
	sealed *ledger.DayFacts // and of those that it ends with
	counts bool             // records say which of their subject they are
}

// use is the first record that refers to a blob.
type use struct {
	index    uint64
	number   string
	personal bool
}

// all runs the checks in the order in which one rests on the other.
func (v *verification) all(ctx context.Context) error {
	if !v.readManifest() {
		return nil
	}
	if ok, err := v.readCheckpoint(); !ok || err != nil {
		return err
	}
	v.readConsistency()
	v.checkAnchors()
	if err := v.checkRecords(ctx); err != nil {
		return err
	}
	if err := v.checkBlobs(ctx); err != nil {
		return err
	}
	return v.checkFiles(ctx)
}

// small reads a file that has to be there; a finding and false otherwise.
func (v *verification) small(name string, limit int64) ([]byte, bool) {
	content, err := v.files.read(name, limit)
	if errors.Is(err, fs.ErrNotExist) {
		v.report.find(CheckFile, "%s is missing", name)
		return nil, false
	}
	if err != nil {
		v.report.find(CheckFile, "%s cannot be read: %s", name, err)
		return nil, false
	}
	v.read[name] = File{Name: name, Size: int64(len(content)), Digest: ledger.Digest(content)}
	return content, true
}

// checkFiles compares every file with what the manifest says of it.
func (v *verification) checkFiles(ctx context.Context) error {
	limit := int64(maxReport)
	for _, f := range v.manifest.Files {
		if f.Name == ReportFile {
			limit = min(limit, max(f.Size, 0))
		}
	}
	if err := v.hash(ctx, ReportFile, limit); err != nil {
		return err
	}
	listed := map[string]bool{}
	for _, want := range v.manifest.Files {
		if listed[want.Name] || want.Name == ManifestFile {
			v.report.find(CheckManifest, "it lists %q, which it should not", want.Name)
		}
		listed[want.Name] = true
		got, ok := v.read[want.Name]
		switch {
		case v.files.open[want.Name] == nil:
			v.report.find(CheckFile, "%s is missing; the manifest lists it", want.Name)
		case ok && got != want:
			v.report.find(CheckFile, "%s has %d bytes and digest %s, the manifest says %d and %s: it was altered", want.Name, got.Size, got.Digest, want.Size, want.Digest)
		}
	}
	for _, name := range v.files.names() {
		if !listed[name] && name != ManifestFile {
			v.report.find(CheckFile, "%s is not listed in the manifest: it was added", name)
		}
	}
	return nil
}

// hash notes digest and size of a file without keeping it.
func (v *verification) hash(ctx context.Context, name string, limit int64) error {
	if v.files.open[name] == nil {
		return nil // checkFiles tells, where it should be there
	}
	got, err := v.files.digest(ctx, name, limit)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		v.report.find(CheckFile, "%s cannot be read: %s", name, err)
		got = File{Name: name}
		for _, f := range v.manifest.Files { // said once is enough
			if f.Name == name {
				got = f
			}
		}
	}
	v.read[name] = got
	return nil
}

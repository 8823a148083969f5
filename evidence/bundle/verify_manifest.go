package bundle

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/lowcodex/countersign/evidence/ledger"
)

func (v *verification) readManifest() bool {
	raw, ok := v.small(ManifestFile, maxManifest)
	if !ok {
		return false
	}
	var form struct {
		Schema int `json:"schema"`
	}
	if err := json.Unmarshal(raw, &form); err != nil {
		v.report.find(CheckManifest, "%s cannot be read: %s", ManifestFile, err)
		return false
	}
	if form.Schema != Schema {
		v.report.find(CheckManifest, "it has schema version %d and this program knows %d: use the verifier of the release that wrote it", form.Schema, Schema)
		return false
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v.manifest); err != nil {
		v.report.find(CheckManifest, "%s is not of schema version %d: %s", ManifestFile, Schema, err)
		return false
	}
	if again, err := v.manifest.Bytes(); err != nil || !bytes.Equal(again, raw) {
		v.report.find(CheckManifest, "%s is not as an export writes it: it was edited", ManifestFile)
	}
	m, r := v.manifest, &v.report
	r.Manifest, r.Log, r.Size, r.Root = ledger.Digest(raw), m.Log, m.Size, m.Root
	r.Created, r.By, r.Selection = m.Created, m.By, m.Selection
	if want := v.in.Manifest; want != "" && want != r.Manifest {
		r.find(CheckManifest, "its digest is %s, the record of the export says %s: the manifest was made anew", r.Manifest, want)
	}
	if v.in.Manifest == "" {
		r.unknown("whether manifest and report are those that were exported, as to who asked, when, and what they say beyond the records: the record of the export has the manifest's digest; give it with --manifest")
	}
	return true
}

// Bytes are the manifest as it is written: there is one form of it.
func (m Manifest) Bytes() ([]byte, error) {
	raw, err := json.MarshalIndent(m, "", "  ")
	return append(raw, '\n'), err
}

func (v *verification) readCheckpoint() (ok bool, err error) {
	inside, ok := v.small(KeyFile, maxSigned)
	if !ok {
		return false, nil
	}
	public, source := v.in.Key, "the key given"
	v.report.KeyGiven = public != ""
	if public == "" {
		public, source = string(inside), KeyFile+" of the bundle"
		v.report.unknown("whether the log is the one you think it is: the key came with the bundle. Get the key in another way and give it with --key")
	}
	v.key, err = ledger.ParseKey(public, source)
	if err != nil && !v.report.KeyGiven {
		v.report.find(ledger.CheckCheckpoint, "%s", err)
		return false, nil
	}
	if err != nil {
		return false, err // the command line is wrong, not the bundle
	}
	raw, ok := v.small(CheckpointFile, maxSigned)
	if !ok {
		return false, nil
	}
	if v.cp, err = ledger.ParseCheckpoint(raw, v.key); err != nil {
		v.report.find(ledger.CheckCheckpoint, "it was not signed with %s: %s", source, err)
		return false, nil
	}
	v.report.Log, v.report.Size, v.report.Root = v.key.Name(), v.cp.Size, ledger.HexHash(v.cp.Root)
	if own := strings.TrimSpace(public); strings.TrimSpace(string(inside)) != own || v.manifest.Key != own {
		v.report.find(CheckManifest, "the bundle names another key than %s", source)
	}
	if v.manifest.Log != v.report.Log || v.manifest.Size != v.report.Size || v.manifest.Root != v.report.Root {
		v.report.find(CheckManifest, "it speaks of %d records of %s with root %s, the checkpoint of %d records of %s with root %s", v.manifest.Size, v.manifest.Log, v.manifest.Root,
			v.report.Size, v.report.Log, v.report.Root)
	}
	return true, nil
}

package bundle

import (
	"context"
	"slices"
	"strings"

	"github.com/lowcodex/countersign/evidence/ledger"
)

// checkBlobs hashes every blob, and accounts for every one that records refer to.
func (v *verification) checkBlobs(ctx context.Context) error {
	left, erased := set(v.manifest.Blobs.LeftOut), set(v.manifest.Blobs.Erased)
	var digests []string
	for digest := range v.blobs {
		digests = append(digests, digest)
	}
	slices.SortFunc(digests, func(a, b string) int {
		if d := int64(v.blobs[a].index) - int64(v.blobs[b].index); d != 0 {
			return int(d)
		}
		return strings.Compare(a, b)
	})
	for _, digest := range digests {
		u := v.blobs[digest]
		hex, ok := ledger.HexOf(digest)
		name := BlobFolder + hex
		if ok && v.files.open[name] != nil {
			if err := v.checkBlob(ctx, name, digest, u); err != nil {
				return err
			}
			continue
		}
		switch {
		case erased[digest]:
		case left[digest] && (v.manifest.Selection.Personal || !u.personal):
			v.report.findAt(ledger.CheckBlob, u.index, u.number, "its blob %s was left out, which was not asked for", digest)
		case !left[digest]:
			v.report.findAt(ledger.CheckBlob, u.index, u.number, "its blob %s is missing", digest)
		}
	}
	v.unaccounted(left, erased)
	return nil
}

func (v *verification) checkBlob(ctx context.Context, name, digest string, u use) error {
	got, err := v.files.digest(ctx, name, ledger.MaxBlob)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	v.report.Blobs++
	switch {
	case err != nil:
		v.report.findAt(ledger.CheckBlob, u.index, u.number, "its blob %s cannot be read: %s", digest, err)
	case got.Digest != digest:
		v.report.findAt(ledger.CheckBlob, u.index, u.number, "its blob %s has the content of %s: it was altered", digest, got.Digest)
	case u.personal && !v.manifest.Selection.Personal:
		v.report.findAt(CheckSelection, u.index, u.number, "its blob %s may hold personal data, which was to be left out", digest)
	}
	if err == nil {
		v.read[name] = got
	}
	return nil
}

// unaccounted finds blobs that no record refers to, and what the manifest says of
// blobs that is not so.
func (v *verification) unaccounted(left, erased map[string]bool) {
	in := 0
	for _, name := range v.files.names() {
		hex, ok := strings.CutPrefix(name, BlobFolder)
		if !ok {
			continue
		}
		in++
		if _, used := v.blobs["sha256:"+hex]; !used {
			v.report.find(ledger.CheckBlob, "no record refers to %s: it was added", name)
		}
	}
	if in != v.manifest.Blobs.In {
		v.report.find(CheckManifest, "it says that %d blobs are in the bundle; there are %d", v.manifest.Blobs.In, in)
	}
	for digest := range left {
		if _, used := v.blobs[digest]; !used {
			v.report.find(CheckManifest, "it says that %s was left out; no record refers to it", digest)
		}
	}
	if n := len(left); n > 0 {
		v.report.unknown("what %d blobs say that were left out because they may hold personal data: their digests are proven", n)
	}
	if n := len(erased); n > 0 {
		v.report.unknown("what %d blobs said that are not in the store any more: their digests are proven, and that they were erased is only stated", n)
	}
}

func set(digests []string) map[string]bool {
	all := make(map[string]bool, len(digests))
	for _, d := range digests {
		all[d] = true
	}
	return all
}

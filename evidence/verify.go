package evidence

import (
	"bytes"
	"context"
	"errors"
	"os"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api/layout"
	"github.com/transparency-dev/tessera/client"

	"github.com/lowcodex/countersign/evidence/ledger"
)

// VerifyInput says what to verify and against what.
type VerifyInput struct {
	// Dir is the evidence directory, or a copy of it without LOCK, key and index.
	Dir string
	// PublicKey is the note verifier key the auditor holds. Empty takes the one
	// beside the log, which proves less: whoever rewrote the log could have
	// written it.
	PublicKey string
	// Anchors are directories with anchored checkpoints. Without any, a log that
	// was rewritten by the holder of its key cannot be told from the true one.
	Anchors []string
	// Progress, if set, is told how many records are done, every 256 at most.
	Progress func(done, total uint64)
}

// Verify checks the whole log offline, with nothing but its files, a public
// key and the anchors (E7): the checkpoint's signature; that every record is
// what its root commits to; the tree's tiles, from which others build proofs;
// that the log extends every anchored checkpoint; canonical form, unique keys,
// gapless numbers, order of recording; that every blob is there and unchanged;
// and, where there is one, that the index says what the log says.
//
// The writer may run meanwhile: what is verified is what the published
// checkpoint commits to. When anything fails the report lists it and the error
// is ErrVerification; other errors mean that verification could not be done.
func Verify(ctx context.Context, in VerifyInput) (Report, error) {
	verifier, err := verifierOf(in.Dir, in.PublicKey)
	if err != nil {
		return Report{}, err
	}
	v := &verification{in: in, files: filesOf(in.Dir), blobs: map[string]blobUse{}, tiles: map[tileID][]byte{}}
	v.report = Report{Origin: verifier.Name(), Index: "absent"}
	v.records = ledger.NewExamination(&v.report, ledger.Scope{})
	cp, err := readCheckpoint(in.Dir, verifier)
	if errors.Is(err, os.ErrNotExist) {
		return Report{}, refuse(ErrNotFound, "%s has no checkpoint; is it an evidence directory?", in.Dir)
	}
	if err != nil {
		v.report.Find(CheckCheckpoint, "it was not signed with the key of %s: %s", verifier.Name(), err)
		return v.report, v.verdict()
	}
	v.report.Size, v.report.Root = cp.Size, ledger.HexHash(cp.Root)
	if err := v.readAnchors(verifier, cp.Size); err != nil {
		return v.report, err
	}
	if err := v.walk(ctx, cp); err != nil {
		return v.report, err
	}
	if err := v.checkBlobs(ctx); err != nil {
		return v.report, err
	}
	if err := v.checkIndex(ctx); err != nil {
		return v.report, err
	}
	v.records.Finish()
	v.report.Blobs = len(v.blobs)
	return v.report, v.verdict()
}

// verification is the state of one run.
type verification struct {
	in      VerifyInput
	files   client.FileFetcher
	report  Report
	records *ledger.Examination
	anchors []anchorAt // by growing size, not yet reached
	blobs   map[string]blobUse
	rows    []expected        // what the index should hold
	tiles   map[tileID][]byte // tiles being filled while leaves are read
}

// anchorAt is an anchored checkpoint whose size the walk will come to.
type anchorAt struct {
	checkpoint
	path string
}

func (v *verification) verdict() error {
	if len(v.report.Findings) == 0 {
		return nil
	}
	return refuse(ErrVerification, "%d findings, the first: %s", len(v.report.Findings)+v.report.More, v.report.Findings[0])
}

// walk reads every record once, in order, growing the tree as it goes.
func (v *verification) walk(ctx context.Context, cp checkpoint) error {
	rf := compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}
	tree := rf.NewEmptyRange(0)
	var leaves []byte // of the tile that covers the current bundle
	err := bundles{read: v.files.ReadEntryBundle}.each(ctx, 0, cp.Size, func(i uint64, entry []byte) error {
		if i%layout.TileWidth == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			if v.in.Progress != nil {
				v.in.Progress(i, cp.Size)
			}
			leaves = v.readTile(ctx, 0, i/layout.TileWidth, cp.Size)
		}
		hash := ledger.LeafHash(entry)
		at := int(i%layout.TileWidth) * len(hash)
		if leaves != nil && (at+len(hash) > len(leaves) || !bytes.Equal(leaves[at:at+len(hash)], hash)) {
			v.report.FindAt(CheckLeaf, i, numberIn(entry), "its entry does not hash to its leaf in the tree: the entry or the tile was altered")
		}
		if err := tree.Append(hash, v.node); err != nil {
			return err
		}
		v.record(i, entry, hash)
		return v.reachAnchors(tree)
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		v.report.Find(CheckEntries, "after record %d: %s", tree.End(), err)
		v.unreached(tree.End())
		return nil
	}
	v.checkTiles(ctx, cp.Size)
	root := rfc6962.DefaultHasher.EmptyRoot()
	if cp.Size > 0 {
		if root, err = tree.GetRootHash(nil); err != nil {
			return err
		}
	}
	if !bytes.Equal(root, cp.Root) {
		v.report.Find(CheckCheckpoint, "the %d records have root %s, the checkpoint was signed over %s: records were altered", cp.Size, ledger.HexHash(root), ledger.HexHash(cp.Root))
	}
	if v.in.Progress != nil {
		v.in.Progress(cp.Size, cp.Size)
	}
	return nil
}

// numberIn reads the number of a record that may be damaged, to name it.
func numberIn(entry []byte) string {
	r, _ := ledger.Decode(entry)
	return r.Number
}

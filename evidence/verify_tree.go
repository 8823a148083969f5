package evidence

import (
	"bytes"
	"context"
	"fmt"
	"sort"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api/layout"
	"golang.org/x/mod/sumdb/note"

	"github.com/lowcodex/countersign/evidence/ledger"
)

// tileID is a hash tile by level and place (C2SP tlog-tiles).
type tileID struct{ level, index uint64 }

// node collects the hashes that tiles consist of: of every eighth level of the
// tree, 256 in a row. A tile above the leaves is checked at the end, since it
// fills slowly; there is one for 65,536 records.
func (v *verification) node(id compact.NodeID, hash []byte) {
	if id.Level == 0 || id.Level%layout.TileHeight != 0 {
		return
	}
	t := tileID{uint64(id.Level) / layout.TileHeight, id.Index / layout.TileWidth}
	v.tiles[t] = append(v.tiles[t], hash...)
}

// checkTiles compares the tiles above the leaves with what the leaves imply.
func (v *verification) checkTiles(ctx context.Context, size uint64) {
	ids := make([]tileID, 0, len(v.tiles))
	for id := range v.tiles {
		ids = append(ids, id)
	}
	sort.Slice(ids, func(i, j int) bool {
		a, b := ids[i], ids[j]
		return a.level < b.level || a.level == b.level && a.index < b.index
	})
	for _, id := range ids {
		want := v.tiles[id]
		got := v.readTile(ctx, id.level, id.index, size)
		if got != nil && !bytes.Equal(got[:min(len(got), len(want))], want) {
			v.report.Find(CheckTile, "%s does not follow from the records below it", layout.TilePath(id.level, id.index, 0))
		}
	}
}

// readTile reads a tile; a missing one is a finding and nil.
func (v *verification) readTile(ctx context.Context, level, index, size uint64) []byte {
	raw, err := v.files.ReadTile(ctx, level, index, layout.PartialTileSize(level, index, size))
	if err != nil {
		v.report.Find(CheckTile, "%s cannot be read: %s", layout.TilePath(level, index, layout.PartialTileSize(level, index, size)), err)
		return nil
	}
	return raw
}

// readAnchors collects the anchored checkpoints. One that is larger than the
// log means that records are gone.
func (v *verification) readAnchors(verifier note.Verifier, size uint64) error {
	seen := map[string]bool{}
	for _, dir := range v.in.Anchors {
		found, err := readAnchors(dir, verifier.Name())
		if err != nil {
			return err
		}
		for _, a := range found {
			cp, err := ledger.ParseCheckpoint(a.raw, verifier)
			switch {
			case err != nil:
				v.report.Find(CheckAnchor, "%s was not signed with the key of %s: %s", a.path, verifier.Name(), err)
			case cp.Size > size:
				v.report.Find(CheckAnchor, "%s commits to %d records and the log has %d: it was rolled back, or its checkpoint was", a.path, cp.Size, size)
			default:
				if id := fmt.Sprint(a.path, cp.Size); !seen[id] {
					seen[id] = true
					v.anchors = append(v.anchors, anchorAt{checkpoint: cp, path: a.path})
				}
			}
		}
	}
	sort.SliceStable(v.anchors, func(i, j int) bool { return v.anchors[i].Size < v.anchors[j].Size })
	return nil
}

// reachAnchors compares the root at this size with what was anchored for it.
// Computing both roots from the records proves consistency without a proof.
func (v *verification) reachAnchors(tree *compact.Range) error {
	for len(v.anchors) > 0 && v.anchors[0].Size <= tree.End() {
		a := v.anchors[0]
		v.anchors = v.anchors[1:]
		root := rfc6962.DefaultHasher.EmptyRoot()
		if a.Size > 0 {
			var err error
			if root, err = tree.GetRootHash(nil); err != nil {
				return err
			}
		}
		if !bytes.Equal(root, a.Root) {
			v.report.Find(CheckAnchor, "%s: the first %d records had root %s and now have %s: history before record %d was rewritten", a.path, a.Size, ledger.HexHash(a.Root), ledger.HexHash(root), a.Size)
			continue
		}
		v.report.Anchors = append(v.report.Anchors, AnchorReport{Path: a.path, Size: a.Size})
	}
	return nil
}

// unreached reports anchors that could not be compared because records are missing.
func (v *verification) unreached(size uint64) {
	for _, a := range v.anchors {
		v.report.Find(CheckAnchor, "%s at size %d could not be compared, the records end at %d", a.path, a.Size, size)
	}
	v.anchors = nil
}

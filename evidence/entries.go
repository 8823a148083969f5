package evidence

import (
	"bytes"
	"context"
	"path/filepath"

	"github.com/transparency-dev/tessera/api/layout"
	"github.com/transparency-dev/tessera/client"

	"github.com/lowcodex/countersign/evidence/ledger"
)

// bundles reads entries from the library's files for a tree of a given size.
type bundles struct {
	read client.EntryBundleFetcherFunc
	tile client.TileFetcherFunc
}

// checked is each for whoever makes something lasting of the entries: it hands on
// only those that hash to their leaves in the tree. Otherwise a record that was
// altered on disk would be learned as true wherever the index is made anew.
func (b bundles) checked(ctx context.Context, first, size uint64, f func(index uint64, entry []byte) error) error {
	var leaves []byte
	tile := uint64(0)
	return b.each(ctx, first, size, func(i uint64, entry []byte) error {
		if n := i / layout.TileWidth; leaves == nil || n != tile {
			var err error
			if leaves, err = b.tile(ctx, 0, n, layout.PartialTileSize(0, n, size)); err != nil {
				return err
			}
			tile = n
		}
		hash := ledger.LeafHash(entry)
		if at := int(i%layout.TileWidth) * len(hash); at+len(hash) > len(leaves) || !bytes.Equal(leaves[at:at+len(hash)], hash) {
			return refuse(ErrDamaged, "record %d does not hash to its leaf in the tree: the entry or the tile was altered; verify the log and restore it from a backup", i)
		}
		return f(i, entry)
	})
}

func filesOf(dir string) client.FileFetcher {
	return client.FileFetcher{Root: filepath.Join(dir, logDir)}
}

// one reads a single entry.
func (b bundles) one(ctx context.Context, index, size uint64) ([]byte, error) {
	bundle, err := client.GetEntryBundle(ctx, b.read, index/layout.EntryBundleWidth, size)
	if err != nil {
		return nil, err
	}
	i := index % layout.EntryBundleWidth
	if i >= uint64(len(bundle.Entries)) {
		return nil, refuse(ErrDamaged, "the entry bundle of record %d ends before it", index)
	}
	return bundle.Entries[i], nil
}

// each calls f for every entry from first up to size, bundle by bundle.
func (b bundles) each(ctx context.Context, first, size uint64, f func(index uint64, entry []byte) error) error {
	for first < size {
		n := first / layout.EntryBundleWidth
		bundle, err := client.GetEntryBundle(ctx, b.read, n, size)
		if err != nil {
			return err
		}
		end := min((n+1)*layout.EntryBundleWidth, size)
		if uint64(len(bundle.Entries)) < end-n*layout.EntryBundleWidth {
			return refuse(ErrDamaged, "the entry bundle of records %d to %d holds only %d", n*layout.EntryBundleWidth, end-1, len(bundle.Entries))
		}
		for ; first < end; first++ {
			if err := f(first, bundle.Entries[first%layout.EntryBundleWidth]); err != nil {
				return err
			}
		}
	}
	return nil
}

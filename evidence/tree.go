package evidence

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/storage/posix"
)

const (
	// never is longer than any process runs.
	never = time.Duration(math.MaxInt64)
	// collectEvery is how often the library removes partial tiles that full
	// ones have replaced; its own default.
	collectEvery = time.Minute
)

// appendDriver is the part of the library's POSIX driver used here.
type appendDriver interface {
	Appender(context.Context, *tessera.AppendOptions) (*tessera.Appender, tessera.LogReader, error)
}

// tree writes entries through the library and keeps the compact range over
// every durable leaf, from which checkpoints are signed.
//
// The library flushes its queue by size or by age. A batch that the age timer
// cut in two could lose its first half to a failing disk and keep the second:
// a gap in the numbers. So every batch goes through an appender whose size is
// exactly that of the batch and whose timer never fires: one flush, all or
// nothing, and no waiting. Appenders over one driver share its state and lock;
// they are kept by size. None of them publishes checkpoints: two publishers in
// one process could put an older checkpoint over a newer. See publish.
type tree struct {
	dir    string
	id     identity
	driver appendDriver
	reader tessera.LogReader
	life   context.Context // of the library's goroutines
	end    context.CancelFunc
	bySize map[int]*tessera.Appender // used by the committer only

	mu     sync.Mutex // guards leaves: commits extend it, publishing reads it
	leaves *compact.Range

	pub       sync.Mutex // serialises publishing, so that checkpoints only grow
	published uint64
}

// openTree opens or creates the library's log in dir and reads the right edge
// of the tree. The caller has checked that the directory may be opened.
func openTree(ctx context.Context, dir string, id identity) (*tree, error) {
	driver, err := posix.New(ctx, posix.Config{Path: dir})
	if err != nil {
		return nil, fmt.Errorf("evidence: open log: %w", err)
	}
	d, ok := driver.(appendDriver)
	if !ok {
		return nil, fmt.Errorf("evidence: driver %T cannot append", driver)
	}
	t := &tree{dir: dir, id: id, driver: d, bySize: map[int]*tessera.Appender{}}
	// Not derived from ctx: the log outlives the call that opened it.
	t.life, t.end = context.WithCancel(context.Background())
	if t.reader, err = t.openAppender(1, collectEvery); err == nil {
		err = t.readEdge(ctx)
	}
	if err != nil {
		t.end()
		return nil, fmt.Errorf("evidence: open log in %s: %w", dir, err)
	}
	return t, nil
}

func (t *tree) openAppender(size int, collect time.Duration) (tessera.LogReader, error) {
	opts := tessera.NewAppendOptions().
		WithCheckpointSigner(t.id.signer).
		WithBatching(uint(size), never).
		WithCheckpointInterval(never).
		WithCheckpointRepublishInterval(0).
		WithGarbageCollectionInterval(collect)
	a, r, err := t.driver.Appender(t.life, opts)
	if err != nil {
		return nil, err
	}
	t.bySize[size] = a
	return r, nil
}

// readEdge loads the compact range of the tree as it is on disk.
func (t *tree) readEdge(ctx context.Context) error {
	size, err := t.reader.IntegratedSize(ctx)
	if err != nil {
		return err
	}
	hashes, err := client.FetchRangeNodes(ctx, size, t.reader.ReadTile)
	if err != nil {
		return refuse(ErrDamaged, "tiles of the right edge at size %d: %s; restore the tiles from a backup", size, err)
	}
	rf := compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}
	leaves, err := rf.NewRange(0, size, hashes)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.leaves = leaves
	return nil
}

// head is the size and root over every durable entry.
func (t *tree) head() (size uint64, root []byte, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if size = t.leaves.End(); size == 0 {
		return 0, rfc6962.DefaultHasher.EmptyRoot(), nil
	}
	root, err = t.leaves.GetRootHash(nil)
	return size, root, err
}

// add appends entries as one flush. When it returns without error they are
// synced and part of the tree. After an error
// the disk may hold all of them or none; readEdge tells.
//
// The library writes entry bundles, then tiles, then its state file, each
// synced. The rename of the state file is the commit: after a crash before it
// the entries were never in the log and their files are written over.
func (t *tree) add(entries [][]byte) (err error) {
	a := t.bySize[len(entries)]
	if a == nil {
		if _, err := t.openAppender(len(entries), 0); err != nil {
			return err
		}
		a = t.bySize[len(entries)]
	}
	first := t.leaves.End()
	futures := make([]tessera.IndexFuture, len(entries))
	hashes := make([][]byte, len(entries))
	for i, data := range entries {
		e := tessera.NewEntry(data)
		hashes[i] = e.LeafHash()
		// Not the caller's context: a flush under way is not cut short.
		futures[i] = a.Add(t.life, e)
	}
	for i, future := range futures {
		at, ferr := future()
		if ferr == nil && at.Index != first+uint64(i) {
			ferr = refuse(ErrDamaged, "entry %d was written as %d: something else writes to %s", first+uint64(i), at.Index, t.dir)
		}
		err = errors.Join(err, ferr)
	}
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, h := range hashes {
		if err := t.leaves.Append(h, nil); err != nil {
			return err
		}
	}
	return nil
}

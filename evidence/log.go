package evidence

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Log is the open log: the only writer of its directory. All methods may be
// called concurrently.
type Log struct {
	view
	cfg    Config
	logger *slog.Logger
	lock   *os.File
	tree   *tree

	// Owned by the committer once it runs.
	lastRecorded time.Time
	stale        bool      // a write failed; the disk must be read before the next
	owed         uint64    // size of the log had that write not failed; 0 after one that did not
	today        time.Time // every day before it is on record as ended

	// accepting is read-locked while a request is handed over, so that Close
	// knows when the last one is in.
	accepting sync.RWMutex
	closed    bool
	requests  chan *request
	drained   chan struct{}

	stop    chan struct{} // ends the publishing goroutine
	stopped chan struct{}
	watched chan struct{} // ends with the goroutine that watches the days
	anchor  sync.Mutex
	dropped uint64 // size last anchored everywhere
	marks   marks  // what State tells

	closeOnce sync.Once
	closeErr  error
}

// Open locks the directory, checks that it holds what this log left behind,
// replays the log's tail into the index and starts to accept appends.
//
// It returns ErrLocked when another process has the log, ErrDamaged when going
// on would rewrite history (missing state, older backup, fork, lost key), and
// ErrIndex when the index contradicts the log (Rebuild mends that). ctx bounds
// the opening only.
func Open(ctx context.Context, cfg Config) (_ *Log, err error) {
	cfg, err = cfg.defaults()
	if err != nil {
		return nil, err
	}
	if cfg.Dir, err = ownDir(cfg.Dir); err != nil {
		return nil, err
	}
	l := &Log{
		cfg: cfg, logger: cfg.Logger,
		requests: make(chan *request, MaxEvents), drained: make(chan struct{}),
		stop: make(chan struct{}), stopped: make(chan struct{}), watched: make(chan struct{}),
	}
	if l.lock, err = holdDir(cfg.Dir); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.release())
		}
	}()
	if err := l.openParts(ctx); err != nil {
		return nil, err
	}
	if err := l.guard(ctx); err != nil {
		return nil, err
	}
	go l.commits()
	go l.publishes()
	go l.watchDays()
	return l, nil
}

// openParts opens key, tree, index and blobs, in the order in which each can
// still be refused without a trace.
func (l *Log) openParts(ctx context.Context) error {
	dir := l.cfg.Dir
	isNew, err := guardFiles(dir)
	if err != nil {
		return err
	}
	id, err := loadIdentity(dir, l.cfg.Origin, isNew, l.cfg.Observer.KeyWritten)
	if err != nil {
		return err
	}
	if l.tree, err = openTree(ctx, filepath.Join(dir, logDir), id); err != nil {
		return err
	}
	if l.index, err = openIndex(ctx, filepath.Join(dir, indexFile)); err != nil {
		return err
	}
	l.blobs, err = OpenBlobs(BlobDir(dir))
	l.public = id.public
	l.bundles = bundles{read: l.tree.reader.ReadEntryBundle, tile: l.tree.reader.ReadTile}
	return err
}

// guard compares the log with everything that remembers it: its own
// checkpoint, the anchors outside, the index.
func (l *Log) guard(ctx context.Context) error {
	cp, err := readCheckpoint(l.cfg.Dir, l.tree.id.verifier)
	switch {
	case errors.Is(err, os.ErrNotExist): // a crash before the first one
	case err != nil:
		return refuse(ErrDamaged, "the published checkpoint does not verify with this log's key: %s; restore it from a backup", err)
	default:
		if err := l.tree.extends(ctx, cp, "the published checkpoint"); err != nil {
			return err
		}
		l.tree.published = cp.Size
	}
	if err := guardAnchors(ctx, l.tree, l.cfg.AnchorDirs); err != nil {
		return err
	}
	known, err := l.index.next(ctx)
	if err != nil {
		return err
	}
	if err := l.catchUp(ctx); err != nil {
		return err
	}
	next, err := l.index.next(ctx)
	if err != nil {
		return err
	}
	l.marks.opened(time.Now(), next, next-known, l.tree.published, l.cfg.AnchorDirs)
	return l.index.whole(ctx, next)
}

// Dir is the evidence directory.
func (l *Log) Dir() string { return l.cfg.Dir }

// AnchorDirs are the folders the log anchors to.
func (l *Log) AnchorDirs() []string { return append([]string(nil), l.cfg.AnchorDirs...) }

// Size is the number of records on the log.
func (l *Log) Size() uint64 {
	size, _, err := l.tree.head()
	if err != nil {
		return 0
	}
	return size
}

// Close refuses further appends, finishes those under way, publishes, anchors
// and releases the directory. A second call returns the first one's result.
func (l *Log) Close() error {
	l.closeOnce.Do(func() {
		l.accepting.Lock()
		l.closed = true
		close(l.requests)
		l.accepting.Unlock()
		<-l.drained
		close(l.stop)
		<-l.stopped
		<-l.watched
		l.closeErr = errors.Join(l.dropAnchors(), l.release())
	})
	return l.closeErr
}

// release closes what was opened; the lock last.
func (l *Log) release() error {
	var err error
	if l.index != nil {
		err = errors.Join(err, l.index.close())
	}
	if l.tree != nil {
		l.tree.end()
	}
	return errors.Join(err, l.lock.Close())
}

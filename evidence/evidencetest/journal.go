package evidencetest

import (
	"context"
	"sync"

	"github.com/lowcodex/countersign/evidence"
)

// Journal is a log that a test may take down together with its disk, and that may
// lose the answer to an append it has made. Everything else is the real log.
type Journal struct {
	*evidence.Log

	mu       sync.Mutex
	down     bool
	deaf     int // appends whose answer is still to be lost
	then     bool
	appended func([]evidence.Event)
}

// Down takes the log away, or brings it back.
func (j *Journal) Down(down bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.down = down
}

// Lose loses the answers of the next n appends.
func (j *Journal) Lose(n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.deaf, j.then = n, false
}

// Vanish loses the answer of the next append, and is down afterwards.
func (j *Journal) Vanish() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.deaf, j.then = 1, true
}

// Appended has f told of every append that reached the log, before its answer; nil
// for nobody.
func (j *Journal) Appended(f func([]evidence.Event)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.appended = f
}

// Append is the log's, unless it is down.
func (j *Journal) Append(ctx context.Context, events []evidence.Event) ([]evidence.Receipt, error) {
	j.mu.Lock()
	down, deaf, appended := j.down, j.deaf > 0, j.appended
	if deaf {
		j.deaf--
	}
	j.mu.Unlock()
	if down {
		return nil, evidence.ErrUnavailable
	}
	receipts, err := j.Log.Append(ctx, events)
	if appended != nil {
		appended(events)
	}
	if deaf && err == nil {
		j.mu.Lock()
		j.down = j.then && j.deaf == 0
		j.mu.Unlock()
		return nil, evidence.ErrUnavailable
	}
	return receipts, err
}

// Put keeps a blob, unless the log is down: it is on the same disk.
func (j *Journal) Put(ctx context.Context, data []byte) (string, error) {
	j.mu.Lock()
	down := j.down
	j.mu.Unlock()
	if down {
		return "", evidence.ErrUnavailable
	}
	return j.Log.Blobs().Put(ctx, data)
}

package harness

import (
	"context"
	"maps"
	"sync"
)

// Tap counts what another side has done, by name, and can do something at the
// moment at which it is done and whoever asked does not know yet. A Relay is one
// for sides that speak HTTP; others tell theirs by Pass.
type Tap struct {
	mu     sync.Mutex
	passed map[string]int
	armed  *Moment
	act    func(ctx context.Context)
}

// NewTap makes a Tap that only counts.
func NewTap() *Tap { return &Tap{passed: map[string]int{}} }

// Pass says that a step of that name is done. It returns when the act is over,
// if this is the awaited one.
func (t *Tap) Pass(ctx context.Context, name string) {
	t.mu.Lock()
	t.passed[name]++
	var act func(context.Context)
	if t.armed != nil && *t.armed == (Moment{Name: name, N: t.passed[name], After: true}) {
		t.armed, act = nil, t.act
	}
	t.mu.Unlock()
	if act != nil {
		act(ctx)
	}
}

// Arm makes the tap act once, when the N-th step of that name is done; counting
// starts afresh. A nil moment only counts.
func (t *Tap) Arm(at *Moment, act func(ctx context.Context)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.passed)
	t.armed, t.act = at, act
}

// Counts is how many steps of each name have passed since the tap was last armed.
func (t *Tap) Counts() map[string]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.passed)
}

package gateway

import (
	"context"
	"sync"
)

// turnsPerSubject is how many acts on one subject this gateway has with the
// engine at a time. The engine takes ten per process and refuses the rest,
// which the SDK then repeats five times a second each: in a burst those
// repetitions cost more than the acts. Two places stay for others.
const turnsPerSubject = 8

// turns lets acts on one subject wait here, where waiting costs nothing. It
// orders nothing and promises nothing: who gets no turn in time goes by signal.
type turns struct {
	mu        sync.Mutex
	bySubject map[string]*turn
}

type turn struct {
	places chan struct{}
	users  int // who holds a place or waits for one; the turn goes with the last
}

func newTurns() *turns { return &turns{bySubject: map[string]*turn{}} }

// take waits for a place until ctx is done. release must be called once.
func (t *turns) take(ctx context.Context, subject string) (release func(), err error) {
	t.mu.Lock()
	one, ok := t.bySubject[subject]
	if !ok {
		one = &turn{places: make(chan struct{}, turnsPerSubject)}
		t.bySubject[subject] = one
	}
	one.users++
	t.mu.Unlock()

	select {
	case one.places <- struct{}{}:
		return func() {
			<-one.places
			t.leave(subject, one)
		}, nil
	case <-ctx.Done():
		t.leave(subject, one)
		return nil, ctx.Err()
	}
}

func (t *turns) leave(subject string, one *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if one.users--; one.users == 0 {
		delete(t.bySubject, subject)
	}
}

package evidencetest

import (
	"sync"
	"time"
)

// Clock is a clock that a test sets, for Config.Now. An open log looks at it from
// goroutines of its own, whether something is appended or not.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// At makes a clock that stands at t.
func At(t time.Time) *Clock { return &Clock{now: t} }

// Set moves it to t, forwards or back.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// Now is where it stands.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

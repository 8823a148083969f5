package trouble

import (
	"context"
	"net/http"
	"sync"

	"github.com/lowcodex/countersign/integrations/integrationtest/faults"
)

// Outage is a vendor that answers nothing but 503 until it is up again. Its zero
// value with Down and Up is a vendor that is up. It is safe for concurrent use.
type Outage struct {
	Vendor string             // as people call it
	Down   func(faults.Fault) // puts trouble before the stand-in
	Up     func()             // takes it away
	Told   func()             // is told after each change
	mu     sync.Mutex
	lasts  bool
}

// Begin takes the vendor down.
func (o *Outage) Begin(context.Context) error {
	o.set(true, func() { o.Down(faults.Fault{Kind: faults.Status, Status: http.StatusServiceUnavailable, Times: -1}) })
	return nil
}

// End brings it up again.
func (o *Outage) End(context.Context) error {
	o.set(false, o.Up)
	return nil
}

// Lasts says that it is down; empty while it is up.
func (o *Outage) Lasts() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.lasts {
		return ""
	}
	return o.Vendor + " is down: it answers nobody."
}

func (o *Outage) set(lasts bool, do func()) {
	o.mu.Lock()
	was := o.lasts
	if o.lasts = lasts; was != lasts {
		do()
	}
	o.mu.Unlock()
	o.Told()
}

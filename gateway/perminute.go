package gateway

import (
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"github.com/lowcodex/countersign/compliance"
)

// perMinute bounds how often each of many may do something in a minute. Memory
// is bounded: who was quiet longest is forgotten first.
type perMinute[K comparable] struct {
	most int
	mu   *sync.Mutex // looking up and adding are one step
	kept *lru.Cache[K, *rate.Limiter]
}

func newPerMinute[K comparable](most, kept int) (perMinute[K], error) {
	counted, err := lru.New[K, *rate.Limiter](kept)
	return perMinute[K]{most: most, mu: &sync.Mutex{}, kept: counted}, err
}

// take reports whether one more is allowed at an instant, and counts it.
func (p perMinute[K]) take(k K, at time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	limit, known := p.kept.Get(k)
	if !known {
		limit = rate.NewLimiter(rate.Every(time.Minute/time.Duration(p.most)), p.most)
		p.kept.Add(k, limit)
	}
	return limit.AllowN(at, 1)
}

// actor is an account on one subject; acts that may not wait are counted apart,
// so that nobody is kept from acknowledging a page by what they clicked before.
type actor struct {
	who       compliance.Account
	subject   string
	immediate bool
}

// maxActors is how many of them are counted apart.
const maxActors = 10_000

// tooMany is what somebody is told who acts too often.
func tooMany() *refusal {
	return &refusal{ReasonTooMany, "you have acted on this more often than twenty times within a minute. Please wait a minute, then repeat what you want."}
}

// crowded reports whether an account acts on a subject too often to be passed on.
func (g *Gateway) crowded(process Process, in compliance.Inbound) bool {
	immediate := process.Immediate != nil && process.Immediate(in.Action)
	return !g.actors.take(actor{who: in.Actor, subject: in.Subject, immediate: immediate}, g.now())
}

package slacktest

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// rates counts the calls per method; chat.postMessage is counted per channel.
// https://docs.slack.dev/apis/web-api/rate-limits
type rates struct {
	mu   sync.Mutex
	used map[string]*rate.Limiter
}

// take returns how long the caller must wait, zero when the call may pass.
func (r *rates) take(method, tier, channel string, now time.Time) time.Duration {
	perMinute := map[string]int{"t1": 1, "t2": 20, "t3": 50, "t4": 100}[tier]
	key := method
	limit, burst := rate.Limit(float64(perMinute)/60), perMinute
	switch {
	case method == "chat.postMessage": // one a second and channel, short bursts tolerated
		key, limit, burst = method+" "+channel, 1, 5
	case perMinute == 0:
		limit, burst = 10, 100 // "special": hundreds a minute
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.used == nil {
		r.used = map[string]*rate.Limiter{}
	}
	l, ok := r.used[key]
	if !ok {
		l = rate.NewLimiter(limit, burst)
		r.used[key] = l
	}
	turn := l.ReserveN(now, 1)
	wait := turn.DelayFrom(now)
	if wait > 0 {
		turn.CancelAt(now)
	}
	return wait
}

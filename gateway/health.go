package gateway

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.temporal.io/sdk/client"
)

// readyWithin bounds each question of /readyz.
const readyWithin = time.Second

// Without is an error of Config.Ready of a gateway that lacks a part and is ready
// for everything that does not need it: what alerts and trackers post must not be
// kept from it. The text names the part; it is shown to anybody.
type Without string

func (w Without) Error() string { return "without " + string(w) }

// healthz says that the process is alive; it asks nobody.
func (g *Gateway) healthz(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, "ok")
}

// readyz says whether requests should be sent here: not while stopping, and
// only when the process engine and what the application asks for answer. The
// reasons are in the log; the page, which anybody may see, names only the part.
func (g *Gateway) readyz(w http.ResponseWriter, r *http.Request) {
	if g.draining.Load() {
		answer(w, http.StatusServiceUnavailable, "stopping")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), readyWithin)
	defer cancel()
	if _, err := g.engine.CheckHealth(ctx, &client.CheckHealthRequest{}); err != nil {
		g.log.WarnContext(ctx, "not ready: the process engine does not answer", "error", err)
		answer(w, http.StatusServiceUnavailable, "process engine not reachable")
		return
	}
	if g.ready != nil {
		ctx, cancel := context.WithTimeout(r.Context(), readyWithin)
		defer cancel()
		err := g.ready(ctx)
		var without Without
		if errors.As(err, &without) {
			answer(w, http.StatusOK, "ready, "+without.Error())
			return
		}
		if err != nil {
			g.log.WarnContext(ctx, "not ready", "error", err)
			answer(w, http.StatusServiceUnavailable, "application not ready")
			return
		}
	}
	answer(w, http.StatusOK, "ready")
}

func (g *Gateway) metrics() http.Handler {
	return promhttp.HandlerFor(g.registry, promhttp.HandlerOpts{Registry: g.registry, MaxRequestsInFlight: 4, Timeout: 5 * time.Second})
}

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n") // the asker is gone if this fails
}

package alertmanager

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/lowcodex/countersign/compliance"
)

const (
	// handOverWithin is how long a source waits: below the gateway's own time-out
	// for requests, and far below the minutes that Alertmanager allows.
	handOverWithin = 10 * time.Second
	// atOnce bounds how many alerts of one request are handed over side by side.
	atOnce = 8
)

// handOver makes every alert durable, several side by side, but what is reported
// about one and the same alert in the order in which it stands. One that can never be taken is counted
// and does not hold up the others; for any other failure the source is asked to
// send all of them again, and the ones that are durable already are known.
func (h *handler) handOver(ctx context.Context, events []compliance.AlertEvent) *refusal {
	ctx, cancel := context.WithTimeout(ctx, handOverWithin)
	defer cancel()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, reports := range byKey(events) {
		group.Go(func() error {
			for _, ev := range reports {
				err := h.dispatcher.Alert(ctx, ev)
				if err != nil && compliance.ClassOf(err) == compliance.Invalid {
					h.invalid(ctx, err.Error())
					if bad := h.raise(ctx, refusal{http.StatusBadRequest, RequestAlertInvalid, err.Error()}); bad.status == http.StatusServiceUnavailable {
						return err
					}
				} else if err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		h.cfg.Logger.LogAttrs(ctx, slog.LevelError, "could not hand over alerts; the source will send them again",
			slog.String("source", h.cfg.Source), slog.Int("alerts", len(events)), slog.String("class", string(compliance.ClassOf(err))))
		return &refusal{http.StatusServiceUnavailable, RequestNotHandedOver, "the alerts could not be stored; send them again"}
	}
	return nil
}

// byKey gathers what is reported about each alert, in order.
func byKey(events []compliance.AlertEvent) [][]compliance.AlertEvent {
	at := map[string]int{}
	var out [][]compliance.AlertEvent
	for _, ev := range events {
		n, seen := at[ev.Key]
		if !seen {
			n, out = len(out), append(out, nil)
			at[ev.Key] = n
		}
		out[n] = append(out[n], ev)
	}
	return out
}

// invalid counts an alert that can never be taken. Its own text may be quoted in
// the log, for an operator has to find out which one it was.
func (h *handler) invalid(ctx context.Context, why string) {
	h.cfg.Count(RequestAlertInvalid)
	h.cfg.Logger.LogAttrs(ctx, slog.LevelError, "an alert cannot be taken", slog.String("source", h.cfg.Source), slog.String("why", why))
}

package app

import (
	"context"
	"maps"
	"slices"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
)

// buildPages serves the queue on which people are called. Which channels exist
// is said at the start: one that is not configured shows only when somebody is
// to be paged through it, and then as blocked.
func (a *App) buildPages(ctx context.Context, people activities.People) error {
	channels, err := a.pagers()
	if err != nil {
		return err
	}
	w, err := a.worker(ctx, compliance.QueuePages)
	if err != nil {
		return err
	}
	w.RegisterActivity(&activities.Pages{Channels: channels, People: people})
	a.log.Info("paging channels", "configured", slices.Sorted(maps.Keys(channels)))
	return nil
}

// pagers are the configured channels by name.
func (a *App) pagers() (map[string]activities.Pager, error) {
	return map[string]activities.Pager{}, nil
}

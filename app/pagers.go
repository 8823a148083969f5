package app

import (
	"context"
	"maps"
	"slices"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/slack"
)

// buildPages serves the queue on which people are called. Which channels exist
// is said at the start: one that is not configured shows only when somebody is
// to be paged through it, and then as blocked.
func (a *App) buildPages(ctx context.Context, people activities.People, chat *slack.Client) error {
	channels, err := a.pagers(chat)
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

// pagers are the configured channels by name. A channel has the name of the
// provider whose accounts it reaches.
func (a *App) pagers(chat *slack.Client) (map[string]activities.Pager, error) {
	channels := map[string]activities.Pager{slack.Provider: slack.NewPager(chat)}
	return channels, nil
}

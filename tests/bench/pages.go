package main

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/lowcodex/countersign/integrations/slack/slacktest"
)

// paged is what the provider has of one incident.
type paged struct {
	subject string
	levels  map[int][]time.Time // page number → when the provider took each of it, in order
	keys    map[string]int      // event key → times
}

// pageKey takes the incident and the page's number out of a page's event key,
// which also has the first run of the incident, the person and the channel.
var pageKey = regexp.MustCompile(`^(.+)/[^/]+/page/(\d+)/.+$`)

// titled finds the alert's own words in a page.
var titled = regexp.MustCompile(`(figure|warm-up) \d{4}\.`)

// awaitPages waits until the provider has pages of so many levels of each of n
// incidents, or for as long as the last could reasonably take: what is missing
// then is lost.
func (w *world) awaitPages(ctx context.Context, title string, n, levels int) (map[string]*paged, error) {
	ctx, cancel := context.WithTimeout(ctx, secondLevelAfter+runWithin)
	defer cancel()
	// The stand-in copies the whole workspace for each look.
	every := time.NewTicker(time.Second)
	defer every.Stop()
	for {
		found, done := pagesIn(w.site.Slack.Snapshot(), title), 0
		for _, p := range found {
			if len(p.levels) >= levels {
				done++
			}
		}
		if done >= n || ctx.Err() != nil {
			return found, nil
		}
		select {
		case <-every.C:
		case <-ctx.Done():
		}
	}
}

// pagesIn collects the direct messages that page somebody, by the alert's title.
func pagesIn(s slacktest.Snapshot, title string) map[string]*paged {
	out := map[string]*paged{}
	for _, m := range s.Messages {
		name := titled.FindString(m.Text)
		key := pageKey.FindStringSubmatch(m.Key())
		if m.Channel[0] != 'D' || m.ThreadTS != "" || key == nil || name == "" || name[:len(title)] != title {
			continue
		}
		p, ok := out[name]
		if !ok {
			p = &paged{subject: key[1], levels: map[int][]time.Time{}, keys: map[string]int{}}
			out[name] = p
		}
		n, _ := strconv.Atoi(key[2]) // digits
		p.levels[n] = append(p.levels[n], m.PostedAt)
		p.keys[key[0]]++
	}
	for _, p := range out {
		for _, at := range p.levels {
			slices.SortFunc(at, time.Time.Compare)
		}
	}
	return out
}

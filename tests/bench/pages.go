package main

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	enumspb "go.temporal.io/api/enums/v1"

	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/evidence"
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
		key := pageKey.FindStringSubmatch(keyOf(m))
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

// keyOf is the event key that a message carries.
func keyOf(m slacktest.Message) string {
	var meta struct {
		Payload struct {
			Key string `json:"key"`
		} `json:"event_payload"`
	}
	_ = json.Unmarshal(m.Metadata, &meta) // a message without one has no key
	return meta.Payload.Key
}

// judge compares what the provider has with what the source was answered and
// with what is on record.
func (i *incidents) judge(ctx context.Context, w *world, answered map[string]time.Time, pages map[string]*paged) error {
	log, err := evidence.OpenReader(ctx, w.env["COUNTERSIGN_EVIDENCE"])
	if err != nil {
		return err
	}
	defer log.Close()
	var first, late []time.Duration
	var events []int
	for title, at := range answered {
		p, ok := pages[title]
		if !ok {
			i.Lost += 2
			continue
		}
		for _, times := range p.levels {
			i.Pages += len(times)
		}
		for _, times := range p.keys {
			i.Doubled += times - 1
		}
		if len(p.levels[1]) == 0 || len(p.levels[2]) == 0 {
			i.Lost++
			continue
		}
		// It may have been sent before the source had read the answer.
		first = append(first, max(0, p.levels[1][0].Sub(at)))
		due, err := secondDue(ctx, log, p.subject)
		if err != nil {
			return err
		}
		late = append(late, max(0, p.levels[2][0].Sub(due)))
		n, err := w.eventsUpToSend(ctx, p.subject)
		if err != nil {
			return err
		}
		events = append(events, n)
	}
	i.FirstSend, i.Late = spreadOf(first), spreadOf(late)
	if slices.Sort(events); len(events) > 0 {
		i.EventsMedian, i.EventsMost = events[len(events)/2], events[len(events)-1]
	}
	return nil
}

// secondDue is when the second page of an incident was due, by the record, which
// may follow the page.
func secondDue(ctx context.Context, log *evidence.Reader, subject string) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, runWithin)
	defer cancel()
	every := time.NewTicker(50 * time.Millisecond)
	defer every.Stop()
	for {
		entries, err := log.Records(ctx, subject)
		if err != nil {
			return time.Time{}, err
		}
		for _, e := range entries {
			var facts rules.PageFacts
			if e.Record.Type != rules.EventPaging {
				continue
			}
			if err := json.Unmarshal(e.Record.Facts, &facts); err != nil {
				return time.Time{}, err
			}

			if facts.Page == 2 {
				return facts.Due, nil
			}
		}
		select {
		case <-every.C: // a record announces itself to nobody
		case <-ctx.Done():
			return time.Time{}, fmt.Errorf("the second page of %s is not on record: %w", subject, ctx.Err())
		}
	}
}

// eventsUpToSend counts the history of an incident until its first page is
// handed to a worker, and that of its alert until the incident had begun.
func (w *world) eventsUpToSend(ctx context.Context, subject string) (int, error) {
	h, err := w.history(ctx, subject)
	if err != nil {
		return 0, err
	}
	n := slices.IndexFunc(h.Events, func(e *event) bool {
		return e.GetActivityTaskScheduledEventAttributes().GetActivityType().GetName() == "SendPage"
	})
	alert, err := w.history(ctx, h.Events[0].GetWorkflowExecutionStartedEventAttributes().GetParentWorkflowExecution().GetWorkflowId())
	if err != nil {
		return 0, err
	}
	before := slices.IndexFunc(alert.Events, func(e *event) bool {
		return e.GetEventType() == enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED
	})
	return n + 1 + before + 1, nil
}

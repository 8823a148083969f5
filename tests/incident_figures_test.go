package tests

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/sandbox/standin"
	"github.com/lowcodex/countersign/tests/harness"
)

// figuresVariable is for how many seconds incidents are opened; without it the
// figures are not measured, because they mean something on a quiet machine only.
const figuresVariable = "COUNTERSIGN_FIGURES"

// Five new incidents a second: how long from the answer to the source until the
// first page is with the provider, how late the second level is, and that every
// page is sent, once.
func TestIncidentFigures(t *testing.T) {
	seconds, err := strconv.Atoi(os.Getenv(figuresVariable))
	if err != nil {
		t.Skip("set " + figuresVariable + " to a number of seconds")
	}
	const perSecond, delay = 5, 20 * time.Second
	w := harness.NewWorld(t, harness.WorldOptions{
		Policy: forBruno(t, delay.String()), Forgetful: true, Env: map[string]string{"COUNTERSIGN_VENDOR_LIMITS": "off"},
	})
	w.Run(app.RoleAll)
	var mu sync.Mutex
	accepted := map[string]time.Time{}
	var senders sync.WaitGroup
	tick := time.NewTicker(time.Second / perSecond)
	defer tick.Stop()
	for i := range seconds * perSecond {
		<-tick.C
		senders.Go(func() {
			title := fmt.Sprintf("Figure %04d.", i)
			status := w.Alert(harness.Reported(title, "firing", "critical", nil), standin.AlertsToken)
			mu.Lock()
			defer mu.Unlock()
			if status == http.StatusOK {
				accepted[title] = time.Now()
			}
		})
	}
	senders.Wait()
	require.Len(t, accepted, seconds*perSecond, "every alert was taken")
	pages := func(s slacktest.Snapshot) map[string][]time.Time {
		first := map[string][]time.Time{}
		for _, m := range s.Messages {
			if m.Channel[0] != 'D' || m.EventType() != "countersign_card" {
				continue
			}
			if _, title, ok := strings.Cut(m.Text, "Figure "); ok {
				title = "Figure " + title[:5]
				first[title] = append(first[title], m.PostedAt)
			}
		}
		return first
	}
	// The second level pages two more: the platform's manager and who is on call.
	err = w.Site.Slack.WaitFor(t.Context(), func(s slacktest.Snapshot) bool {
		sent := pages(s)
		done := 0
		for _, at := range sent {
			if len(at) >= 2 {
				done++
			}
		}
		return done == len(accepted)
	})
	require.NoError(t, err)
	var send, late []time.Duration
	for title, at := range pages(w.Site.Slack.Snapshot()) {
		slices.SortFunc(at, time.Time.Compare)
		send = append(send, max(0, at[0].Sub(accepted[title])))
		late = append(late, at[1].Sub(at[0])-delay)
	}
	require.Len(t, send, len(accepted), "0 pages lost")
	slices.Sort(send)
	slices.Sort(late)
	at := func(d []time.Duration, p int) time.Duration {
		return d[min(len(d)-1, len(d)*p/100)].Round(time.Millisecond)
	}
	t.Logf("%d incidents at %d/s: accepted → first send p50 %s, p99 %s; second level late p50 %s, p99 %s",
		len(send), perSecond, at(send, 50), at(send, 99), at(late, 50), at(late, 99))
}

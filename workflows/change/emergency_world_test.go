package change_test

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/policy"
)

// monday is a night inside the example's month-end freeze. Dana is on call then.
var monday = time.Date(2026, 11, 30, 22, 0, 0, 0, time.UTC)

// pager records who is paged, and what is taken back.
type pager struct {
	mu    sync.Mutex
	pages []compliance.Page
	to    []compliance.Account
	stood []string // keys
	fail  error
}

func (p *pager) Send(_ context.Context, to compliance.Account, page compliance.Page, repeat bool) (compliance.Paged, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail != nil {
		return compliance.Paged{}, p.fail
	}
	if !repeat || !slices.ContainsFunc(p.pages, func(q compliance.Page) bool { return q.Key == page.Key }) {
		p.pages, p.to = append(p.pages, page), append(p.to, to)
	}
	return compliance.Paged{Ref: page.Key}, nil
}

func (p *pager) StandDown(_ context.Context, _ compliance.Account, at compliance.Paged, _ compliance.Page, _ string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stood = append(p.stood, at.Ref)
	return nil
}

// night is a world in a night inside a freeze, with an incident that is on.
type night struct {
	*world
	pager *pager
}

func newNight(t *testing.T) *night {
	n := &night{world: newWorld(t), pager: &pager{}}
	n.begin(monday)
	n.incident("INC-1", "triggered", false)
	return n
}

// begin makes a fresh engine whose clock starts then.
func (n *night) begin(at time.Time) {
	n.engine(at)
	n.Env.RegisterActivity(&activities.Pages{Channels: map[string]activities.Pager{"pagerduty": n.pager, "slack": n.pager, "mail": n.pager}, People: n.People()})
}

// incident puts one on record.
func (n *night) incident(number, state string, final bool) {
	_, err := n.Log.Append(context.Background(), []evidence.Event{
		{Key: "incident/" + number, Type: "incident.opened", Subject: "incident/" + number, Series: rules.IncidentSeries, State: state, Final: final, At: monday},
	})
	require.NoError(n.T, err)
}

func (n *night) breakGlass(who, incident string, then func(compliance.Reply)) {
	n.act(who, rules.ActionBreakGlass, map[string]string{"incident": incident, "reason": "Orders hang", "bypass": "yes"}, then)
}

func (n *night) answer(who string, answer rules.Answer, then func(compliance.Reply)) {
	n.act(who, rules.ActionAcknowledge, map[string]string{"answer": string(answer), "note": "a word"}, then)
}

func (n *night) finish(result string, then func(compliance.Reply)) {
	n.act("goran", rules.ActionFinish, map[string]string{"result": result, "note": "Orders flow again"}, then)
}

func (n *night) review(who string, verdict rules.RetroVerdict, then func(compliance.Reply)) {
	n.act(who, rules.ActionReview, map[string]string{"looked": "yes", "verdict": string(verdict), "note": "Read the incident"}, then)
}

func (n *night) remedy(who, what, number string, then func(compliance.Reply)) {
	n.act(who, rules.ActionRemedy, map[string]string{"remedy": what, "change": number, "note": "Checked by hand"}, then)
}

// recorded fails the test unless an act counts.
func recorded(t *testing.T) func(compliance.Reply) {
	return func(r compliance.Reply) { require.Equal(t, compliance.Recorded, r.Outcome, r.Text) }
}

// declinedFor fails the test unless an act is refused for this reason.
func declinedFor(t *testing.T, why rules.Reason) func(compliance.Reply) {
	return func(r compliance.Reply) {
		require.Equal(t, compliance.Declined, r.Outcome, r.Text)
		require.Equal(t, string(why), r.Reason)
		require.Contains(t, r.Text, why.Text())
	}
}

// over plays the change and fails the test unless it ended in this state.
func (n *night) over(state rules.State, types ...string) {
	n.T.Helper()
	n.run()
	require.True(n.T, n.Env.IsWorkflowCompleted())
	require.NoError(n.T, n.Env.GetWorkflowError())
	require.Equal(n.T, state, n.standing().State)
	if len(types) > 0 {
		require.Equal(n.T, append([]string{"received", "submitted"}, types...), n.records())
	}
	last, err := n.Log.Standing(context.Background(), subject)
	require.NoError(n.T, err)
	require.Equal(n.T, string(state), last.State)
	require.True(n.T, last.Final)
}

// emergencies are the emergency as each of its records has it.
func (n *night) emergencies() []rules.Emergency {
	var out []rules.Emergency
	for _, e := range n.Entries(subject) {
		var f struct{ Emergency *rules.Emergency }
		require.NoError(n.T, json.Unmarshal(e.Record.Facts, &f))
		if f.Emergency != nil {
			out = append(out, *f.Emergency)
		}
	}
	return out
}

// withoutPath is the example policy without an emergency path.
func withoutPath(t *testing.T, n *night) {
	n.Rewrite("rules/organisation.yaml", "emergency: #", "# emergency:")
	for _, key := range []string{"on_call", "answer_within", "reviewers", "review_within", "control_owner", "escalate_for", "remedy_within", "bar_invoker", "channel: incidents"} {
		n.Rewrite("rules/organisation.yaml", "\n  "+key, "\n#  "+key)
	}
	_, _, err := policy.Load(n.Policy)
	require.NoError(t, err)
}

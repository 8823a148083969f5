package pages

import (
	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/incident"
)

// storyView is what to click for one process, in order.
type storyView struct {
	Name, Title string
	Steps       []step
	Open        bool // shown at once; the others are unfolded
}

// stories lists what can be played here, the change first.
func (p *Pages) stories() []storyView {
	changes, vendors := p.channelPath("changes"), p.channelPath("vendors")
	proof := step{Text: "See what remains: who did what, when, and the proof that nobody rewrote it.", Where: "/evidence", Link: "Evidence"}
	all := []storyView{{Name: "change", Title: "A change, from ticket to proof", Open: true, Steps: []step{
		{Person: "p-jonas", Text: "opens a ticket from the template and submits it.", Where: "/jira/new", Link: "New ticket"},
		{Person: "p-bruno", Text: "presses “Approve…” on the card and confirms the three statements.", Where: changes, Link: "#changes"},
		{Person: "p-chidi", Text: "approves too: two of the platform owners are needed.", Where: changes, Link: "#changes"},
		{Person: "p-farah", Text: "of the change board approves the second level.", Where: changes, Link: "#changes"},
		{Person: "p-goran", Text: "starts the change, then reports its outcome.", Where: changes, Link: "#changes"},
		proof,
	}}}
	if p.cfg.Site.Monitoring != nil {
		all = append(all, storyView{Name: "incident", Title: "An incident, from alert to review", Steps: []step{
			{Text: "Your monitoring notices that something is wrong: press “Fire”.", Where: "/alerts", Link: "Alerts"},
			{Person: p.firstCalled(), Text: "is on call and is paged: by PagerDuty, a direct message or mail. Acknowledge it, or see who is called next.", Where: "/pager", Link: "Pager"},
			{Person: p.firstCalled(), Text: "finds channel, card and ticket of the incident on the same page as the alert: give an update, resolve it, review it.", Where: "/alerts", Link: "Alerts"},
			{Person: "p-farah", Text: "of the change board joins the channel and closes it; whoever wrote the review cannot.", Where: "/alerts", Link: "Alerts"},
			{Person: "p-hana", Text: "sees something herself: writes /incident in any channel.", Where: changes, Link: "#changes"},
			proof,
		}})
	}
	if _, ok := p.cfg.Rules.Artefacts(); ok {
		all = append(all, storyView{Name: "certification", Title: "A vendor’s document, chased and renewed", Steps: []step{
			{Person: "p-bruno", Text: "has another document tracked, needed so soon that a reminder is due now.", Where: "/vendors", Link: "Vendors"},
			{Person: "p-bruno", Text: "presses “Document received…” on its card and gives the days that it covers.", Where: vendors, Link: "#vendors"},
			{Person: "p-alice", Text: "takes up the review and accepts it; whoever received it cannot.", Where: vendors, Link: "#vendors"},
			{Person: "p-bruno", Text: "records that the vendor took it back: changes of the systems that rest on it cannot start.", Where: vendors, Link: "#vendors"},
			proof,
		}})
	}
	if channel := p.cfg.Rules.ExceptionChannel(); channel != "" {
		cards := p.channelPath(channel)
		all = append(all, storyView{Name: "exception", Title: "An exception from a control, for a while", Steps: []step{
			{Person: "p-goran", Text: "writes /exception in any channel: the control gate/tests, owned by p-bruno, verified by p-hana.", Where: changes, Link: "#changes"},
			{Person: "p-bruno", Text: "tries to approve what he owns, and cannot.", Where: cards, Link: "#" + channel},
			{Person: "p-farah", Text: "of the change board approves it.", Where: cards, Link: "#" + channel},
			{Person: "p-hana", Text: "finds that what stands in for the control fails: it is over at once, and the matter is open again.", Where: cards, Link: "#" + channel},
			{Person: "p-bruno", Text: "remedies it and presses “End…”.", Where: cards, Link: "#" + channel},
			proof,
		}})
	}
	if len(p.cfg.Site.Yard) > 0 {
		all = append(all, storyView{Name: "patch", Title: "A patch, ring by ring, and back", Steps: []step{
			{Person: "p-jonas", Text: "saves a version on the source and has it rolled out.", Where: "/platforms", Link: "Platforms"},
			{Person: "p-bruno", Text: "approves its plan, then Chidi, then Farah for the change board.", Where: changes, Link: "#changes"},
			{Text: "Watch ring after ring being deployed, tested and soaked. The example soaks for hours: “go run ./cmd/sandbox --demo=patch” plays it in seconds.", Where: "/platforms", Link: "Platforms"},
			{Person: "p-farah", Text: "stops it, resumes it, or rolls it back, on its card.", Where: changes, Link: "#changes"},
			{Text: "Roll out a version that “says that it is not well”, or break an installation, and see what the product does about it.", Where: "/platforms", Link: "Platforms"},
			proof,
		}})
	}
	if len(p.cfg.Site.Yard) > 0 && p.observed() != "" {
		all = append(all, storyView{Name: "observation", Title: "An edit by hand: found, told, explained", Steps: []step{
			{Text: "Edit an installation by hand, with no ticket and no approval, then press “Look at all of them now”, or wait a minute.", Where: "/platforms", Link: "Platforms"},
			{Person: "p-farah", Text: "finds its card, and tries to explain it by a number that is not on record.", Where: changes, Link: "#changes"},
			{Person: "p-bruno", Text: "declares an incident about the yard flows: writes /incident in any channel.", Where: changes, Link: "#changes"},
			{Person: "p-farah", Text: "names the incident in “Explain…”: the finding is over, and what is there counts as known.", Where: changes, Link: "#changes"},
			{Text: "Edit another one while a rollout is under way there: it is not judged before that is over.", Where: "/platforms", Link: "Platforms"},
			proof,
		}})
	}
	for i := range all {
		all[i].Steps = p.played(all[i].Steps)
	}
	return all
}

// played names the people of the steps; another policy has other people.
func (p *Pages) played(steps []step) []step {
	var out []step
	for _, s := range steps {
		if person, ok := p.cfg.Directory.Person(s.Person); ok {
			s.Name = person.Name
		} else if s.Person != "" {
			continue
		}
		out = append(out, s)
	}
	return out
}

// trials are what must not work.
func (p *Pages) trials() []step {
	changes := p.channelPath("changes")
	return []step{
		{Text: "Approve a change you requested yourself: the refusal is recorded, and counts for nothing.", Where: changes, Link: "#changes"},
		{Text: "Edit the plan of an approved ticket: the approvals are void, because people approved something else.", Where: "/jira", Link: "Tickets"},
		{Text: "Move a ticket in review to “Done” by hand: the status is set back.", Where: "/jira", Link: "Tickets"},
		{Text: "Submit a ticket without a rollback, or with risk high: see what is asked, and of whom.", Where: "/jira/new", Link: "New ticket"},
		{Text: "Submit one of high risk and have its first level approved: the others are decided after a sign-in with a second factor. Try it as somebody else.", Where: "/jira/new", Link: "New ticket"},
		{Text: "Do not answer the pager: the next level is called, and it never falls silent.", Where: "/pager", Link: "Pager"},
		{Text: "Edit an installation by hand in the middle of a rollout: it is held, and nothing is overwritten.", Where: "/platforms", Link: "Platforms"},
		{Text: "Have monitoring find an installation unwell while its ring soaks: the rollout takes itself back, and somebody is paged.", Where: "/platforms", Link: "Platforms"},
		{Text: "Kill this program in the middle of anything (kill -9) and start it again: it goes on.", Where: "/evidence", Link: "Evidence"},
		{Text: "Change a byte of a file in the evidence directory, then verify.", Where: "/evidence/log/verify", Link: "Verify"},
	}
}

// channelPath is the page of a channel by its logical name.
func (p *Pages) channelPath(name string) string {
	if id, ok := p.cfg.Rules.Channel(name); ok {
		return "/slack/" + id
	}
	return "/slack"
}

// firstCalled is who is paged first when the order portal stands still now;
// empty when that cannot be told.
func (p *Pages) firstCalled() compliance.PersonID {
	routed, ok := p.cfg.Rules.RouteAlert(compliance.AlertEvent{Source: source, Severity: severities()[0].Value, System: exampleSystem})
	if !ok || len(routed.Policy.Steps) == 0 {
		return ""
	}
	for _, t := range routed.Policy.Steps[0].Targets {
		switch t.Kind {
		case incident.TargetPerson:
			return compliance.PersonID(t.Name)
		case incident.TargetRotation:
			if duty, _, err := p.cfg.Rules.OnCall(t.Name, p.active, p.cfg.Now()); err == nil {
				return duty.Person
			}
		}
	}
	return ""
}

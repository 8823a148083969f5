package incident

import (
	"fmt"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
)

// shownRuns bounds the recent runs on the card; the form offers all of them.
const shownRuns = 5

// limits are until when the incident stays as it is; facts, so that each reader has
// them in their own zone.
func (s *State) limits() []compliance.Fact {
	switch s.Standing.State {
	case rules.Acknowledged:
		return []compliance.Fact{{Label: "Next word due before", At: rules.AckExpires(s.Plan.Policy, s.Standing)}}
	case rules.Suppressed:
		return []compliance.Fact{{Label: "Held back until", At: s.Standing.HeldUntil}}
	}
	return nil
}

// glassFacts say how a change that cannot wait is carried out for this incident,
// where the policy has a way and the incident is one that it takes.
func (s *State) glassFacts() []compliance.Fact {
	if !s.Plan.BreakGlass || s.Number == "" || s.Standing.State != rules.Acknowledged {
		return nil
	}
	return []compliance.Fact{{Label: "A change that cannot wait", Text: "“Break glass…” on its own card, for " + s.Number + ", or: starter change break-glass CHG-… --incident " + s.Number}}
}

// origin says where the incident came from.
func (s *State) origin() []compliance.Fact {
	var out []compliance.Fact
	switch {
	case s.Source != "":
		text := s.Source
		if s.Count > 1 {
			text += ", reported " + compliance.Count(s.Count, "time", "times")
		}
		if s.Left > 0 {
			text += "; the source left " + compliance.Count(s.Left, "more alert", "more alerts") + " out of its report"
		}
		out = append(out, compliance.Fact{Label: "Alert of", Text: text})
	case s.Declared != nil:
		out = append(out, compliance.Fact{Label: "Declared", Text: "by a person"})
	}
	if s.Before != "" {
		out = append(out, compliance.Fact{Label: "Came before", Text: s.Before})
	}
	if s.Text != "" {
		out = append(out, compliance.Fact{Label: "What is known", Text: compliance.Cut(s.Text, 1000)})
	}
	if s.Note != "" {
		out = append(out, compliance.Fact{Label: "Last word", Text: s.Note})
	}
	return out
}

// pagedFacts say who was called last and what became of it.
func (s *State) pagedFacts() []compliance.Fact {
	var out []compliance.Fact
	for _, a := range s.Standing.Acks {
		out = append(out, compliance.Fact{Label: "Responder", People: []compliance.PersonID{a.Person}, At: a.At})
	}
	if h := s.Handover; h != nil && h.Accepted.IsZero() {
		out = append(out, compliance.Fact{Label: "Offered to", Text: "at the end of the shift:", People: []compliance.PersonID{h.To}, At: h.Asked})
	}
	if len(s.Pages) == 0 {
		return out
	}
	last := &s.Pages[len(s.Pages)-1]
	if last.Decision.Late >= time.Minute {
		out = append(out, compliance.Fact{Label: "Late", Text: fmt.Sprintf("This page was due %s earlier; the engine was away.", last.Decision.Late.Round(time.Second))})
	}
	for _, r := range last.To {
		f := compliance.Fact{Label: "Paged", Text: reachText(r)}
		if r.Called.Contact == "" {
			f.People = []compliance.PersonID{r.Person}
			f.Text += ":"
		} else {
			f.Text = r.Called.Contact + ", " + f.Text
		}
		out = append(out, f)
	}
	if last.Known && len(last.To) == 0 {
		out = append(out, compliance.Fact{Label: "Paged", Text: rules.NobodyThere.Text()})
	}
	return out
}

func reachText(r *Recipient) string {
	channel := ""
	if n := len(r.Attempts); n > 0 {
		channel = " by " + r.Attempts[n-1].Channel
	}
	switch r.Reach {
	case rules.Reached:
		return "handed over" + channel
	case rules.ReachMaybe:
		return "perhaps reached" + channel
	case rules.ReachNobody:
		if r.Why == rules.NoLongerWanted {
			return "not needed any more"
		}
		return "not reached (" + strings.ReplaceAll(string(r.Why), "-", " ") + ")"
	}
	return "being called" + channel
}

// runFacts list what was done to the same system before (I24).
func (s *State) runFacts() []compliance.Fact {
	if !s.Looked {
		return nil
	}
	if len(s.Runs) == 0 {
		return []compliance.Fact{{Label: "Recent changes", Text: "none on this system in the look-back"}}
	}
	var out []compliance.Fact
	for i, r := range s.Runs {
		if i == shownRuns {
			out = append(out, compliance.Fact{Label: "Recent changes", Text: fmt.Sprintf("and %d more", len(s.Runs)-i)})
			break
		}
		text := strings.TrimSpace(r.Number + " " + r.Title)
		if r.Reason == rules.Covered {
			text += " (" + r.Why() + ")"
		} else if r.Reason != rules.OK {
			text += " (cannot be taken back from here: " + strings.ReplaceAll(string(r.Reason), "-", " ") + ")"
		}
		out = append(out, compliance.Fact{Label: "Recent change", Text: text, At: r.Executed})
	}
	return out
}

func (s *State) rollbackFacts() []compliance.Fact {
	var out []compliance.Fact
	for _, r := range s.Rollbacks {
		out = append(out, compliance.Fact{Label: "Rollback", Text: fmt.Sprintf("%s %s, asked for by", r.Run.Number, r.State), People: []compliance.PersonID{r.Asker}, At: r.Asked})
	}
	return out
}

func (s *State) reviewFacts() []compliance.Fact {
	var out []compliance.Fact
	if !s.Due.IsZero() && s.Standing.State != rules.Closed {
		out = append(out, compliance.Fact{Label: "Review due", At: s.Due})
	}
	if r := s.Review; r != nil {
		out = append(out, compliance.Fact{Label: "Root cause", Text: compliance.Cut(r.RootCause, 500)}, mended(r))
		for i, a := range r.Actions {
			out = append(out, itemFact(i, a))
		}
	}
	return out
}

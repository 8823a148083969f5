package incident

import (
	"fmt"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
)

// The comments the ticket gets. They name people by id; the step that writes
// them looks the names up.

func openedNote(s *State) []compliance.Fact {
	facts := []compliance.Fact{{Text: "Whoever is on call is being paged, since", At: s.Opened}}
	if s.Text != "" {
		facts = append(facts, compliance.Fact{Label: "What is known", Text: compliance.Cut(s.Text, 1000)})
	}
	return facts
}

func acknowledgedNote(s *State, a rules.Ack) []compliance.Fact {
	return []compliance.Fact{{Text: s.name() + " is acknowledged by", People: []compliance.PersonID{a.Person}, At: a.At}}
}

func expiredNote(s *State, d rules.Decision) []compliance.Fact {
	return []compliance.Fact{{Text: s.name() + ": no word came in time, so people are paged again, since", At: d.At}}
}

func updateNote(s *State, who compliance.PersonID, text string, at time.Time) []compliance.Fact {
	return []compliance.Fact{{Label: "Update", Text: compliance.Cut(text, 1500), People: []compliance.PersonID{who}, At: at}}
}

func handedNote(s *State, who compliance.PersonID, at time.Time) []compliance.Fact {
	return []compliance.Fact{{Text: s.name() + " is taken over by", People: []compliance.PersonID{who}, At: at}}
}

func resolvedNote(s *State) []compliance.Fact {
	facts := []compliance.Fact{{Text: s.name() + " is resolved, and nobody is paged any more, since", At: s.Resolved}}
	if s.Note != "" {
		facts = append(facts, compliance.Fact{Label: "How it was checked", Text: s.Note})
	}
	return facts
}

func rollbackNote(s *State, r rules.Rollback, at time.Time) []compliance.Fact {
	facts := []compliance.Fact{{Text: fmt.Sprintf("%s: the rollback of %s is %s.", s.name(), r.Run.Number, r.State), At: at}}
	facts = append(facts, compliance.Fact{Label: "Asked for by", People: []compliance.PersonID{r.Asker}})
	if r.Approver != "" {
		facts = append(facts, compliance.Fact{Label: "Decided by", People: []compliance.PersonID{r.Approver}})
	}
	return facts
}

func reviewedNote(s *State) []compliance.Fact {
	r := s.Review
	facts := []compliance.Fact{
		{Text: s.name() + " is reviewed by", People: []compliance.PersonID{r.Author}, At: r.At},
		{Label: "Root cause", Text: r.RootCause}, mended(r),
	}
	for i, a := range r.Actions {
		facts = append(facts, itemFact(i, a))
	}
	return facts
}

// mended says what mends the cause, or who signed that nothing has to.
func mended(r *rules.Review) compliance.Fact {
	if r.Change == "" {
		return compliance.Fact{Label: "No change needed", Text: "because: " + compliance.Cut(r.NoChange, 500) + " Signed by", People: []compliance.PersonID{r.Author}, At: r.At}
	}
	return compliance.Fact{Label: "Mended by", Text: r.Change}
}

func closedNote(s *State) []compliance.Fact {
	return []compliance.Fact{{Text: fmt.Sprintf("%s is closed.", s.name())}, {Label: "Evidence", Text: fmt.Sprintf("record %d of the log", s.Index)}}
}

// pageText is what stands in a page below its title.
func (p *process) pageText(page *Page) string {
	s, d := &p.s, page.Decision
	var lines []string
	if s.Plan.Named != "" {
		lines = append(lines, "System: "+s.Plan.Named)
	}
	lines = append(lines, d.Reason.Text())
	if d.Late >= time.Minute {
		lines = append(lines, fmt.Sprintf("This page is %s late, because the engine was away.", d.Late.Round(time.Second)))
	}
	if s.Text != "" {
		lines = append(lines, compliance.Cut(s.Text, 600))
	}
	return strings.Join(lines, "\n")
}

// refusedFact is a refused act on the card's log.
func refusedFact(action string, by compliance.PersonID, why rules.Reason, at time.Time) compliance.Fact {
	f := compliance.Fact{Text: fmt.Sprintf("Not taken: %s (%s)", strings.ReplaceAll(action, "_", " "), strings.ReplaceAll(string(why), "-", " ")), At: at}
	if by != "" {
		f.Text += ", by"
		f.People = []compliance.PersonID{by}
	}
	return f
}

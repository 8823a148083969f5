package change

import (
	"fmt"
	"strings"

	"github.com/lowcodex/countersign/compliance"
)

// lineText says who is ahead, to somebody who may not start yet.
func lineText(s State) string {
	if s.Line == nil || len(s.Line.Turn.Before) == 0 {
		return "Its place in the line follows on the card."
	}
	t := s.Line.Turn
	text := "Ahead of it: " + strings.Join(t.Before, ", ")
	if t.More > 0 {
		text += fmt.Sprintf(" and %d more", t.More)
	}
	return text + "."
}

// lineFacts are the place in the line, and the end of a turn.
func lineFacts(s State) []compliance.Fact {
	limit := s.Version.Route.Schedule.Concurrency
	switch {
	case limit == 0:
		return nil
	case !s.granted():
		place := "not known yet"
		if s.Line != nil && s.Line.Turn.Place > 0 {
			place = fmt.Sprint(s.Line.Turn.Place)
		}
		return []compliance.Fact{{Label: "Place in the line", Text: fmt.Sprintf("%s; %d at once. %s", place, limit, lineText(s))}}
	case s.Line.Turn.Deadline.IsZero():
		return nil
	}
	return []compliance.Fact{{Label: "Its turn until", At: s.Line.Turn.Deadline}}
}

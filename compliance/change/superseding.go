package change

import (
	"fmt"
	"strings"
)

// Superseding is what a newer change and the older one that it replaces tell each
// other. JSON names are frozen.
type Superseding struct {
	Older string `json:"older"` // number of the older change
	Newer string `json:"newer"`
	// Subject is the workflow id of the newer change, to which the older one answers.
	Subject string `json:"subject"`
	// Version is that of the newer change which was approved, and Place where it will
	// take effect, as its ticket said then.
	Version int   `json:"version"`
	Place   Place `json:"place,omitzero"`
	// Stood is, in the answer, the state in which the older change was met, Met its
	// place, as its ticket said then, Done that it was superseded, and Reason why it
	// was not. Gone says that it did not run any more.
	Stood  State  `json:"stood,omitempty"`
	Met    Place  `json:"met,omitzero"`
	Done   bool   `json:"done,omitempty"`
	Reason Reason `json:"reason,omitempty"`
	Gone   bool   `json:"gone,omitempty"`
}

// JudgeSuperseded says whether an approved newer change ends an older one that
// stands so: OK until its execution begins, so that what is under way is not taken
// away from the one who carries it out, and only where both are still about the same
// system and environment. The newer one was compared with it when it was submitted;
// either may have been edited since.
func JudgeSuperseded(s State, older, newer Place) Reason {
	switch {
	case s.Terminal():
		return AlreadyClosed
	case !CanMove(s, Superseded):
		return AlreadyExecuting
	case !older.Same(newer):
		return OtherPlace
	}
	return OK
}

// Text says on the newer change's card what became of the older one.
func (s Superseding) Text() string {
	state := strings.ReplaceAll(string(s.Stood), "_", " ")
	switch {
	case s.Done:
		return fmt.Sprintf("%s was replaced by this change and is over.", s.Older)
	case s.Gone:
		return fmt.Sprintf("%s no longer runs, so nothing happened to it.", s.Older)
	case s.Reason == OtherPlace:
		return fmt.Sprintf("%s is a change of %s by now, and this one of %s, so it was not replaced: only a change of the same system and environment is. If it is not wanted any more, its requester can withdraw it.",
			s.Older, s.Met, s.Place)
	case s.Stood.Terminal():
		return fmt.Sprintf("%s was over already (%s), so nothing happened to it.", s.Older, state)
	case s.Stood != "":
		return fmt.Sprintf("%s is under way (%s), so it was not replaced. Talk to its implementer before this change starts.", s.Older, state)
	}
	return fmt.Sprintf("%s is replaced when this change is approved.", s.Older)
}

// Refused says on the older change's card why the newer one did not take its place.
func (s Superseding) Refused() string {
	text := fmt.Sprintf("%s wanted to take the place of this change and did not. ", s.Newer)
	switch s.Reason {
	case OtherPlace:
		return text + fmt.Sprintf("It is a change of %s, and this one of %s by now; withdraw this one if it is not wanted any more.", s.Place, s.Met)
	case OK:
		return ""
	}
	return text + fmt.Sprintf("This one is under way (%s) and goes on.", strings.ReplaceAll(string(s.Stood), "_", " "))
}

package incident

import (
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/lowcodex/countersign/compliance"
)

const maxChange = 20 // runes of a change's number

var changePattern = regexp.MustCompile(`^[A-Z]{2,8}-[1-9][0-9]{0,10}$`)

// quiet is a silence that a responder can announce.
type quiet struct {
	value, label string
	length       time.Duration
}

func quiets() []quiet {
	return []quiet{
		{"1h", "Within an hour", time.Hour},
		{"2h", "Within two hours", 2 * time.Hour},
		{"4h", "Within four hours", 4 * time.Hour},
		{"8h", "Within eight hours", 8 * time.Hour},
	}
}

// Act is what a person sent about an incident that exists, read and complete.
// Which fields are set depends on the action.
type Act struct {
	Action  string
	Binding Binding // zero when the surface has no buttons
	// Text is the note of an update or a resolution, the reason of a rollback
	// or its denial, the root cause of a review.
	Text  string
	Quiet time.Duration // update: the silence asked for; 0 for none
	// Run is the number of the run that a rollback is about. To decide or to
	// report it may be empty where there is only one.
	Run      string
	Result   RollbackState     // report_rollback: RollbackDone or RollbackFailed
	Change   string            // review: the number of the linked change
	Actions  []string          // review: what is to be done, one line each
	Attested compliance.Answer // approve_rollback, close
}

// ParseAct reads an act on an incident: every action but declare. A Ref may be
// missing, for not every surface has buttons, but one that is there must be
// whole. When something is wrong the Reason is MissingAnswer or BadRequest, with
// the form field it belongs to, if any, and the act must not be applied.
func ParseAct(in compliance.Inbound) (Act, Reason, string) {
	a := Act{Action: in.Action}
	if in.Ref != "" {
		var err error
		if a.Binding, err = ParseBinding(in.Ref); err != nil {
			return a, BadRequest, ""
		}
	}
	if !plainAnswers(in) {
		return a, BadRequest, ""
	}
	var bad Reason
	switch in.Action {
	case ActionAcknowledge, ActionAccept:
		return a, OK, ""
	case ActionUpdate:
		if a.Text, bad = needed(in, FieldNote); bad != OK {
			return a, bad, FieldNote
		}
		if a.Quiet, bad = readQuiet(in.Answer(FieldQuiet)); bad != OK {
			return a, bad, FieldQuiet
		}
		return a, OK, ""
	case ActionResolve:
		a.Text, bad = needed(in, FieldNote)
		return a, bad, fieldOf(bad, FieldNote)
	case ActionDeny:
		if a.Run, bad = readRun(in); bad != OK {
			return a, bad, FieldRun
		}
		a.Text, bad = needed(in, FieldReason)
		return a, bad, fieldOf(bad, FieldReason)
	case ActionReport:
		if a.Run, bad = readRun(in); bad != OK {
			return a, bad, FieldRun
		}
		if a.Result, bad = readResult(in.Answer(FieldResult)); bad != OK {
			return a, bad, FieldResult
		}
		a.Text, bad = needed(in, FieldNote)
		return a, bad, fieldOf(bad, FieldNote)
	case ActionRollback:
		if a.Run, bad = readNumber(in.Answer(FieldRun)); bad != OK {
			return a, bad, FieldRun
		}
		a.Text, bad = needed(in, FieldReason)
		return a, bad, fieldOf(bad, FieldReason)
	case ActionReview:
		if a.Text, bad = needed(in, FieldRootCause); bad != OK {
			return a, bad, FieldRootCause
		}
		if a.Change, bad = readNumber(in.Answer(FieldChange)); bad != OK {
			return a, bad, FieldChange
		}
		a.Actions, bad = readActions(in)
		return a, bad, fieldOf(bad, FieldActions)
	case ActionApprove:
		if a.Run, bad = readRun(in); bad != OK {
			return a, bad, FieldRun
		}
		fallthrough
	case ActionClose:
		a.Attested, bad = attested(in)
		return a, bad, fieldOf(bad, FieldStatement)
	default:
		return a, BadRequest, ""
	}
}

func fieldOf(bad Reason, field string) string {
	if bad == OK {
		return ""
	}
	return field
}

func readQuiet(value string) (time.Duration, Reason) {
	if value == "" {
		return 0, OK
	}
	for _, q := range quiets() {
		if q.value == value {
			return q.length, OK
		}
	}
	return 0, BadRequest
}

// readNumber reads the number of a change or a rollout as people write it.
func readNumber(s string) (string, Reason) {
	s = strings.ToUpper(strings.TrimSpace(s))
	switch {
	case s == "":
		return "", MissingAnswer
	case !changePattern.MatchString(s):
		return "", BadRequest
	}
	return s, OK
}

// readRun reads the number of a run where there may be only one to choose from.
func readRun(in compliance.Inbound) (string, Reason) {
	if strings.TrimSpace(in.Answer(FieldRun)) == "" {
		return "", OK
	}
	return readNumber(in.Answer(FieldRun))
}

func readResult(value string) (RollbackState, Reason) {
	switch r := RollbackState(value); r {
	case RollbackDone, RollbackFailed:
		return r, OK
	case "":
		return "", MissingAnswer
	default:
		return "", BadRequest
	}
}

// readActions reads what is to be done, one line for each thing. A line without
// text is nothing; a mark before it is taken off.
func readActions(in compliance.Inbound) ([]string, Reason) {
	text, bad := needed(in, FieldActions)
	if bad != OK {
		return nil, bad
	}
	var out []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(line), "-*• "))
		switch {
		case !says(line):
			continue
		case utf8.RuneCountInString(line) > maxTitle || len(out) == MaxActions:
			return nil, BadRequest
		}
		out = append(out, line)
	}
	if len(out) == 0 {
		return nil, MissingAnswer
	}
	return out, OK
}

// MaxActions bounds what one review asks to be done.
const MaxActions = 10

// attested reads a ticked statement; a tick without the text that was shown
// attests nothing.
func attested(in compliance.Inbound) (compliance.Answer, Reason) {
	for _, a := range in.Answers {
		if a.Name != FieldStatement || a.Value != Yes {
			continue
		}
		if strings.TrimSpace(a.Shown) == "" {
			return compliance.Answer{}, BadRequest
		}
		return a, OK
	}
	return compliance.Answer{}, MissingAnswer
}

// Declaration is an incident as a person declares it. It needs nobody's leave.
type Declaration struct {
	Title    string
	System   string
	Severity Severity
	Seen     string
}

// ParseDeclare reads a declaration. The reasons are MissingAnswer and
// BadRequest, with the form field. Whether the system exists is for the rules
// to say; a declaration for an unknown one pages the fallback, and is not lost.
func ParseDeclare(in compliance.Inbound) (Declaration, Reason, string) {
	var d Declaration
	var bad Reason
	if in.Action != ActionDeclare || !plainAnswers(in) {
		return d, BadRequest, ""
	}
	if d.Title, bad = needed(in, FieldTitle); bad != OK {
		return d, bad, FieldTitle
	}
	if strings.Contains(d.Title, "\n") || utf8.RuneCountInString(d.Title) > maxTitle {
		return d, BadRequest, FieldTitle
	}
	if d.System, bad = note(in, FieldSystem); bad != OK || strings.Contains(d.System, "\n") || len(d.System) > maxTitle {
		return d, BadRequest, FieldSystem
	}
	if d.System == "" {
		return d, MissingAnswer, FieldSystem
	}
	answer := strings.TrimSpace(in.Answer(FieldSeverity))
	if answer == "" {
		return d, MissingAnswer, FieldSeverity
	}
	var err error
	if d.Severity, err = ParseSeverity(answer); err != nil {
		return d, BadRequest, FieldSeverity
	}
	if d.Seen, bad = note(in, FieldSeen); bad != OK {
		return d, bad, FieldSeen
	}
	return d, OK, ""
}

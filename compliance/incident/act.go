package incident

import (
	"regexp"
	"strings"
	"time"

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
	NoChange string            // review: why none is needed, where none is linked
	Actions  []Ask             // review: what is to be done, one line each
	Item     string            // finish_action, withdraw_action: its ordinal; may be empty where only one is open
	To       []string          // reassign: accounts, as "provider:id"
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
	if !in.Plain() {
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
		var field string
		if a.Change, a.NoChange, bad, field = readChange(in); bad != OK {
			return a, bad, field
		}
		a.Actions, bad = readActions(in)
		return a, bad, fieldOf(bad, FieldActions)
	case ActionFinish, ActionWithdraw:
		a.Item = strings.TrimSpace(in.Answer(FieldItem))
		field := FieldNote
		if in.Action == ActionWithdraw {
			field = FieldReason
		}
		a.Text, bad = needed(in, field)
		return a, bad, fieldOf(bad, field)
	case ActionReassign:
		for to := range strings.SplitSeq(in.Answer(FieldTo), ",") {
			if to != "" && len(a.To) < maxReassigned {
				a.To = append(a.To, to)
			}
		}
		return a, OK, ""
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

// maxReassigned bounds how many people one reassignment is about.
const maxReassigned = 5

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

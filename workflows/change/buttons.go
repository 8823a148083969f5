package change

import (
	"slices"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
)

// actions are the buttons of a state; each carries what the person sees (C11). Whatever
// somebody could do now on the command line has one, but for sending files.
func actions(s State) []compliance.Action {
	ref := s.Version.binding(s.Number).String()
	if buttons, ok := emergencyActions(s, ref); ok {
		return buttons
	}
	return slices.Concat(ordinaryActions(s, ref), glass(s, ref), handover(s, ref))
}

// emergencyActions are the buttons of a change on the emergency path; false when
// it is on none. While people on call are asked, their answer comes first, and
// everything else goes on: votes count, and whoever may stop the change may do so.
func emergencyActions(s State, ref string) ([]compliance.Action, bool) {
	switch {
	case s.asking():
		buttons := []compliance.Action{{Name: rules.ActionAcknowledge, Label: "Answer…", Style: "primary", Ref: ref}}
		for _, b := range append(ordinaryActions(s, ref), handover(s, ref)...) {
			if b.Style == "primary" {
				b.Style = ""
			}
			buttons = append(buttons, b)
		}
		return buttons, true
	case s.State == rules.ExecutingUnapproved:
		return []compliance.Action{{Name: rules.ActionFinish, Label: "Report outcome…", Style: "primary", Ref: ref}}, true
	case s.State == rules.RetroReview && s.Emergency.Retro.Outstanding():
		return []compliance.Action{{Name: rules.ActionRemedy, Label: "Say what was done…", Style: "primary", Ref: ref}}, true
	case s.State == rules.RetroReview && s.Emergency.Retro.Verdict == "":
		return []compliance.Action{{Name: rules.ActionReview, Label: "Review…", Style: "primary", Ref: ref}}, true
	}
	return nil, false
}

// glass is the button that breaks it, where the policy has an emergency path and
// people carry the change out. It is the last one, and never the primary one.
func glass(s State, ref string) []compliance.Action {
	if !s.Version.Route.BreakGlass || s.Executor != "" || !rules.CanMove(s.State, rules.ExecutingUnapproved) {
		return nil
	}
	return []compliance.Action{{Name: rules.ActionBreakGlass, Label: "Break glass…", Ref: ref}}
}

// handover is the button to hand evidence over for the gate, where there is one and
// until the execution begins.
func handover(s State, ref string) []compliance.Action {
	if s.Version.Suite == nil || s.State != rules.Open && s.State != rules.WaitingWindow && s.State != rules.Held {
		return nil
	}
	return []compliance.Action{{Name: rules.ActionGate, Label: "Evidence…", Ref: ref}}
}

// ordinaryActions are those of a change that is on its normal way.
func ordinaryActions(s State, ref string) []compliance.Action {
	withdraw := compliance.Action{Name: rules.ActionWithdraw, Label: "Withdraw", Ref: ref}
	switch {
	case s.State == rules.Open && s.Version.State == rules.InReview:
		open, _ := s.Version.level()
		return slices.Concat([]compliance.Action{
			{Name: rules.ActionApprove, Label: "Approve…", Style: "primary", Ref: ref, StepUp: open.StepUp},
			{Name: rules.ActionDeny, Label: "Deny…", Style: "danger", Ref: ref, StepUp: open.StepUp},
			{Name: rules.ActionAbstain, Label: "Abstain…", Ref: ref, StepUp: open.StepUp},
		}, stoppable(s, ref), []compliance.Action{withdraw})
	case s.State == rules.Open && s.Version.N > 0:
		return []compliance.Action{withdraw}
	case s.State == rules.WaitingWindow && s.Version.Ready && s.Executor == "" && s.granted():
		start := compliance.Action{Name: rules.ActionStart, Label: "Start…", Style: "primary", Ref: ref}
		return append(append([]compliance.Action{start}, stoppable(s, ref)...), withdraw)
	case s.State == rules.WaitingWindow:
		return append(stoppable(s, ref), withdraw)
	case s.State == rules.Held:
		return heldActions(s, ref, withdraw)
	case s.State == rules.Executing && s.Executor == "":
		finish := compliance.Action{Name: rules.ActionFinish, Label: "Report outcome…", Style: "primary", Ref: ref}
		if len(s.Version.Snapshot.SafePoints) == 0 {
			return []compliance.Action{finish}
		}
		return []compliance.Action{finish, {Name: rules.ActionProceed, Label: "At a safe point…", Ref: ref}}
	}
	return nil
}

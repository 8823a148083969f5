package timeline

import "github.com/lowcodex/countersign/compliance/change"

// paused tells a hold, an objection and the end of either.
func paused(kind string, f change.ActFacts) string {
	switch {
	case kind == change.EventHeld:
		return "Put the change on hold; no deadline runs while it is."
	case kind == change.EventObjected && f.Objects != nil && f.Objects.For != "":
		return "Objected to what was approved in another's place; the change is on hold."
	case kind == change.EventObjected:
		return "Objected to what they had approved; the change is on hold."
	case f.Result == change.Held:
		return "Took an objection back; the change is still on hold."
	case f.Result == change.WaitingWindow:
		return "Resumed the change; its approval still stands."
	default:
		return "Resumed the change; it is in review."
	}
}

package jira

import "github.com/lowcodex/countersign/compliance"

// Moves are the moves that a checkup looks for, by the status they lead out of.
func Moves(kind compliance.TicketKind) map[string][]string {
	out := map[string][]string{}
	for _, m := range moves(kind) {
		out[m.from] = m.to
	}
	return out
}

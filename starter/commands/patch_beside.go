package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
)

// mostBeside bounds the other rollouts that a start warns of.
const mostBeside = 20

// beside warns of other rollouts in the same system: one on the same targets is
// waited for. The rollout itself asks the log before each ring, so a list that lags
// or cannot be read here is only a warning less.
func (p *program) beside(ctx context.Context, e engine, system, subject string) {
	ctx, cancel := context.WithTimeout(ctx, p.options.timeout)
	defer cancel()
	d := patches()
	// system passed policyID, so it cannot break out of the query.
	found, _, err := rows(ctx, e, &d, fmt.Sprintf("ExecutionStatus = 'Running' AND %s = '%s'", compliance.AttributeSystem, system), mostBeside)
	if err != nil {
		return
	}
	moving := []rules.State{rules.Approving, rules.Rolling, rules.Held, rules.Reverting, rules.Stranded}
	for _, r := range found {
		if r.Subject != subject && slices.Contains(moving, rules.State(r.Stage)) {
			fmt.Fprintf(p.notes, "warning: %s is %s in %s, too; on the same targets the one that begins first is waited for (starter patch show %s)\n",
				line(or(r.Number, r.Subject)), strings.ReplaceAll(r.Stage, "_", " "), system, line(or(r.Number, r.Subject)))
		}
	}
}

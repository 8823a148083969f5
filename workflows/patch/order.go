package patch

import (
	"fmt"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/workflows/desk"
)

// Ordered is an order of the way back from another process, and what became of it.
type Ordered struct {
	Order compliance.RollbackOrder `json:"order"`
	// Ended is the answer; nil while the way back is under way.
	Ended *compliance.RollbackEnded `json:"ended,omitempty"`
}

// carriedOrders bounds the orders that continue as new; those that wait for their
// answer are carried in any case.
const carriedOrders = 20

// receiveOrders takes orders of the way back that an incident approved (I24).
func (p *process) receiveOrders(ctx workflow.Context) {
	desk.Receive(ctx, p.Desk, compliance.SignalRollback, func(o compliance.RollbackOrder) { p.ordered(ctx, o) })
}

// ordered judges an order and starts the way back in the same task; the record
// follows (G3). It does not wait for anything: what is under way forwards ends as
// it does for a person's order. A repeated order is answered again, not taken again.
func (p *process) ordered(ctx workflow.Context, o compliance.RollbackOrder) {
	for _, known := range p.s.Orders {
		if known.Order.Key == o.Key {
			if known.Ended != nil {
				p.answer(ctx, known)
			}
			return
		}
	}
	now := workflow.Now(ctx)
	reason := rules.JudgeOrder(p.stands(), o)
	if p.s.Order != nil && reason == rules.OK {
		reason = rules.AlreadyDone // one is about to begin
	}
	kind := rules.EventReverting
	if reason != rules.OK && reason != rules.AlreadyDone {
		kind = rules.EventRefused
	}
	p.behind(ctx, "order/"+rules.KeyOf(o.Key), kind, "", rules.OrderFacts{Order: o, Reason: reason, Stood: p.s.State})
	p.s.Orders = append(p.s.Orders, Ordered{Order: o})
	from := "an incident"
	if o.Number != "" {
		from = o.Number
	}
	if kind == rules.EventRefused {
		p.s.Logged(compliance.Fact{Text: fmt.Sprintf("Refused the way back that %s ordered (%s)", from, spoken(string(reason))), At: now})
		p.Show()
		p.answered(ctx, len(p.s.Orders)-1, false, reason.Text())
		return
	}
	p.s.Logged(compliance.Fact{Text: fmt.Sprintf("Way back ordered by %s, approved by", from), People: []compliance.PersonID{o.Approver}, At: now})
	p.Show()
	if reason == rules.OK {
		p.s.Order = &Order{Person: o.Approver, At: now}
		p.s.Turn++
		p.halt()
	}
}

// endOrders answers every order that waits, when the way back has ended.
func (p *process) endOrders(ctx workflow.Context, done bool, detail string) {
	for i := range p.s.Orders {
		if p.s.Orders[i].Ended == nil {
			p.answered(ctx, i, done, detail)
		}
	}
}

func (p *process) answered(ctx workflow.Context, i int, done bool, detail string) {
	p.s.Orders[i].Ended = &compliance.RollbackEnded{
		Key: p.s.Orders[i].Order.Key, Done: done, Detail: compliance.Cut(detail, 300), At: workflow.Now(ctx).UTC(),
	}
	p.answer(ctx, p.s.Orders[i])
}

// answer tells whoever ordered it. The run neither ends nor continues as new
// before that is with the engine; an incident that is closed needs no word.
func (p *process) answer(ctx workflow.Context, o Ordered) {
	calm, _ := workflow.NewDisconnectedContext(ctx)
	p.Background(calm, "answer an order", func(ctx workflow.Context) {
		err := workflow.SignalExternalWorkflow(ctx, o.Order.Subject, "", compliance.SignalRollbackEnded, *o.Ended).Get(ctx, nil)
		if err != nil {
			p.Logger.Warn("whoever ordered the way back is over", "subject", o.Order.Subject, "key", o.Order.Key, "error", err)
		}
	})
}

// leftBehind names what the way back did not restore, for one line.
func (p *process) leftBehind() string {
	var all []string
	for _, s := range p.s.WayBack.Pages(p.s.Results) {
		all = append(all, s.Target)
	}
	return fmt.Sprintf("%s could not take everything back: %s.", p.s.Number, strings.Join(all, ", "))
}

// carriedOf keeps the orders that the next run still needs.
func carriedOf(orders []Ordered) []Ordered {
	var out []Ordered
	for i, o := range orders {
		if o.Ended == nil || i >= len(orders)-carriedOrders {
			out = append(out, o)
		}
	}
	return out
}

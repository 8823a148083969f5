package gateway

import (
	"context"
	"fmt"
	"strings"

	"go.temporal.io/sdk/client"

	"github.com/lowcodex/countersign/compliance"
	artefacts "github.com/lowcodex/countersign/compliance/certification"
	rules "github.com/lowcodex/countersign/compliance/change"
	excuses "github.com/lowcodex/countersign/compliance/exception"
	on "github.com/lowcodex/countersign/compliance/incident"
	seen "github.com/lowcodex/countersign/compliance/observation"
	rollouts "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/workflows/certification"
	"github.com/lowcodex/countersign/workflows/change"
	"github.com/lowcodex/countersign/workflows/exception"
	"github.com/lowcodex/countersign/workflows/incident"
	"github.com/lowcodex/countersign/workflows/observation"
	"github.com/lowcodex/countersign/workflows/patch"
)

// Process says how acts reach one kind of process.
type Process struct {
	// Name is a short word for metrics and logs.
	Name string
	// Prefix is how the workflow ids of this process begin, e.g. "change/".
	Prefix string
	// Form gives what a person fills in before an action counts.
	Form func(action string) (compliance.Form, bool)
	// Immediate reports whether one press is the whole act, with no form before
	// it; nil when none is.
	Immediate func(action string) bool
	// Live reports whether a form depends on where the subject stands, such as
	// the runs that can be taken back: it is asked of the process by the query
	// compliance.QueryForm. Nil when none does.
	Live func(action string) bool
	// Update names the update that carries an action.
	Update func(action string) (string, bool)
	// SignsIn reports whether an action can be carried out on the sign-in pages;
	// nil: none can.
	SignsIn func(action string) bool
	// Describe says for the sign-in pages what an act is about, as far as it can
	// be found out before ctx ends; nil: only the binding is shown.
	Describe func(ctx context.Context, engine client.Client, subject, ref string) About
	// ActedSignal carries an Inbound that no worker accepted in time.
	ActedSignal string
	// TicketSignal carries a TicketEvent of a ticket whose subject is a process of
	// this kind; empty when it wants none. A change's own ticket is found by its id.
	TicketSignal string
	// Begins is the action that begins a process of this kind; nil when none does.
	Begins *Beginning
}

// Processes lists every process that takes acts. A new process is one line.
func Processes() []Process {
	return []Process{
		{
			Name: "change", Prefix: change.IDPrefix, Form: rules.FormFor, Update: change.UpdateFor, ActedSignal: change.SignalActed,
			SignsIn: rules.Votes, Describe: describeChange,
		},
		{
			Name: "certification", Prefix: certification.IDPrefix, Form: artefacts.FormFor, Update: certification.UpdateFor,
			ActedSignal: certification.SignalActed, TicketSignal: certification.SignalTicketChanged,
		},
		{Name: "patch", Prefix: patch.IDPrefix, Form: rollouts.FormFor, Update: patch.UpdateFor, ActedSignal: patch.SignalActed},
		incidents(),
		exceptions(),
		{Name: "observation", Prefix: observation.IDPrefix, Form: seen.FormFor, Update: observation.UpdateFor, ActedSignal: observation.SignalActed},
	}
}

// exceptions is how acts reach exceptions, and how one is asked for.
func exceptions() Process {
	form := func(action string) (compliance.Form, bool) { return excuses.FormFor(action) }
	return Process{
		Name: "exception", Prefix: exception.IDPrefix, Form: form, Update: exception.UpdateFor,
		ActedSignal: exception.SignalActed, TicketSignal: exception.SignalTicketChanged,
		Begins: &Beginning{
			Action: excuses.ActionRequest, Subject: exception.NewSubject,
			Form: func(systems []compliance.Option) compliance.Form {
				f, _ := excuses.FormFor(excuses.ActionRequest, systems...)
				return f
			},
			Check: func(in compliance.Inbound) compliance.Reply {
				if _, bad, field := excuses.ParseRequest(in); bad != excuses.OK {
					return compliance.Reply{Outcome: compliance.Declined, Reason: string(bad), Text: bad.Text(), Field: field}
				}
				return compliance.Reply{}
			},
			Start: func(in compliance.Inbound) (string, string, any) {
				return exception.RequestedID(in.Delivery), exception.Type, exception.Input{Requested: &in}
			},
			Begun: "The exception is asked for. What becomes of it is said on its card; nothing is excused until it is granted.",
		},
	}
}

// incidents is how acts reach incidents, and how one is declared.
func incidents() Process {
	form := func(action string) (compliance.Form, bool) { return on.FormFor(action) }
	return Process{
		Name: "incident", Prefix: incident.IDPrefix, Form: form, Immediate: on.Immediate, Live: incident.IsLive,
		Update: incident.UpdateFor, ActedSignal: incident.SignalActed, TicketSignal: incident.SignalTicketChanged,
		Begins: &Beginning{
			Action: on.ActionDeclare, Subject: incident.NewSubject,
			Form: func(systems []compliance.Option) compliance.Form {
				f, _ := on.FormFor(on.ActionDeclare, systems...)
				return f
			},
			Check: func(in compliance.Inbound) compliance.Reply {
				if _, bad, field := on.ParseDeclare(in); bad != on.OK {
					return compliance.Reply{Outcome: compliance.Declined, Reason: string(bad), Text: bad.Text(), Field: field}
				}
				return compliance.Reply{}
			},
			Start: func(in compliance.Inbound) (string, string, any) {
				return incident.DeclaredID(in.Delivery), incident.Type, incident.Input{Declared: &in}
			},
			Begun: "The incident is declared. Whoever is on call is being paged; its own channel follows.",
		},
	}
}

// checkProcesses refuses a table in which a subject could belong to two processes.
func checkProcesses(table []Process) error {
	for i, p := range table {
		if p.Name == "" || p.Prefix == "" || p.Form == nil || p.Update == nil || p.ActedSignal == "" {
			return fmt.Errorf("gateway: process %d (%q) is incomplete: every field is mandatory", i, p.Name)
		}
		for _, q := range table[:i] {
			if strings.HasPrefix(p.Prefix, q.Prefix) || strings.HasPrefix(q.Prefix, p.Prefix) {
				return fmt.Errorf("gateway: processes %q and %q overlap in prefixes %q and %q", q.Name, p.Name, q.Prefix, p.Prefix)
			}
		}
	}
	return nil
}

// processOf returns the process that a subject belongs to.
func (g *Gateway) processOf(subject string) (Process, bool) {
	for _, p := range g.processes {
		if strings.HasPrefix(subject, p.Prefix) {
			return p, true
		}
	}
	return Process{}, false
}

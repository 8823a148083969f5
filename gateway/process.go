package gateway

import (
	"fmt"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	patchrules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/workflows/change"
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
	// ActedSignal carries an Inbound that no worker accepted in time.
	ActedSignal string
	// TicketSignal carries a TicketEvent of a ticket whose subject is a process of
	// this kind; empty when it wants none. A change's own ticket is found by its id.
	TicketSignal string
}

// Processes lists every process that takes acts. A new process is one line.
func Processes() []Process {
	return []Process{
		{Name: "change", Prefix: change.IDPrefix, Form: rules.FormFor, Update: change.UpdateFor, ActedSignal: change.SignalActed},
		{Name: "patch", Prefix: patch.IDPrefix, Form: patchrules.FormFor, Update: patch.UpdateFor, ActedSignal: patch.SignalActed},
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

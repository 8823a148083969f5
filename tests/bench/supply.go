package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/client"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/workflows/certification"
)

// supply has a document received by the owner, and reviewed and accepted by
// somebody else.
func (w *world) supply(ctx context.Context, id string, from, to rules.Date) error {
	for _, act := range []struct {
		person, action string
		answers        map[string]string
	}{
		{"bruno", rules.ActionReceive, map[string]string{
			rules.FieldFrom: from.String(), rules.FieldTo: to.String(), rules.FieldDocument: "vault://acme/report", rules.FieldKind: "renewal",
		}},
		{"alice", rules.ActionReview, nil},
		{"alice", rules.ActionAccept, map[string]string{rules.FieldRead: "yes"}},
	} {
		s, err := w.tracker(ctx, id, func(s certification.Standing) bool { return s.Number != "" && slices.Contains(s.Actions, act.action) })
		if err != nil {
			return err
		}
		name, _ := certification.UpdateFor(act.action)
		in := compliance.Inbound{
			Delivery: uuid.NewString(), Surface: "cli", Actor: compliance.Account{Provider: "cli", ID: act.person},
			Subject: id, Action: act.action, Ref: s.Ref, Received: time.Now().UTC(),
		}
		form, _ := rules.FormFor(act.action)
		for _, field := range form.Fields {
			if given := act.answers[field.Name]; given != "" {
				in.Answers = append(in.Answers, compliance.Answer{Name: field.Name, Value: given, Shown: field.Label})
			}
		}
		handle, err := w.engine.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
			WorkflowID: id, UpdateID: in.Delivery, UpdateName: name, Args: []any{in}, WaitForStage: client.WorkflowUpdateStageCompleted,
		})
		var reply compliance.Reply
		if err == nil {
			err = handle.Get(ctx, &reply)
		}
		if err == nil && reply.Reason != "" {
			err = errors.New(reply.Text)
		}
		if err != nil {
			return fmt.Errorf("%s %s: %w", act.action, id, err)
		}
	}
	_, err := w.tracker(ctx, id, func(s certification.Standing) bool { return s.State == rules.Valid })
	return err
}

// owed writes what these vendors owe into the policy.
func owed(vendors string) func(dir string) error {
	return func(dir string) error {
		text := "apiVersion: countersign/v1\nkind: artefacts\nchannel: vendors\nfallback: p-farah\ngrace_approvers: [change-board]\n" +
			"classes:\n  - {name: soc2, title: SOC 2 Type II report}\nvendors:\n"
		return os.WriteFile(filepath.Join(dir, "rules", "artefacts.yaml"), []byte(text+strings.TrimRight(vendors, "\n")+"\n"), 0o600)
	}
}

// Package console is what people do at the command line, for the sandbox's pages
// and for the demo: begin a rollout, have a vendor's document tracked, have targets
// looked at, and ask how something stands. It sends the processes what the command line sends them, by
// their contracts, and decides nothing.
package console

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/lowcodex/countersign/compliance"
	certrules "github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/connect"
	"github.com/lowcodex/countersign/workflows/certification"
	"github.com/lowcodex/countersign/workflows/incident"
	"github.com/lowcodex/countersign/workflows/observation"
	"github.com/lowcodex/countersign/workflows/patch"
)

// Provider is whose accounts act here, as at the command line.
const Provider = "cli"

// Console acts on a running engine. It is safe for concurrent use.
type Console struct{ engine client.Client }

// New makes a Console over a connection, which stays the caller's.
func New(engine client.Client) *Console { return &Console{engine: engine} }

// Rollout is what is to be rolled out.
type Rollout struct {
	System  string
	Source  string // place of the policy from which the payload is taken as it is there now
	Title   string
	Version string
	By      string // account at the command line
}

// RollOut stores the payload, begins a rollout of it and returns its workflow id.
func (c *Console) RollOut(ctx context.Context, r Rollout) (string, error) {
	run, err := c.engine.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: patch.PayloadID(uuid.NewString()), TaskQueue: compliance.QueueWorkflows,
	}, patch.PayloadType, patch.PayloadInput{From: r.Source})
	if err != nil {
		return "", fmt.Errorf("the payload could not be stored: %w", err)
	}
	var stored patch.PayloadResult
	if err := run.Get(ctx, &stored); err != nil {
		return "", fmt.Errorf("the payload could not be taken from %s: %w", r.Source, err)
	}
	id := patch.WorkflowID(uuid.NewString())
	_, err = c.engine.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: id, TaskQueue: compliance.QueueWorkflows}, patch.Type, patch.Input{Asked: patch.Asked{
		System: r.System, Actor: compliance.Account{Provider: Provider, ID: r.By},
		Payload: &patch.Stored{Title: r.Title, Version: r.Version, Blob: stored.Blob},
	}})
	if err != nil {
		return "", fmt.Errorf("the rollout could not be begun: %w", err)
	}
	return id, nil
}

// LookNow has everything that is observed looked at now, whether its turn has come or
// not, and waits until that is done: findings have begun then.
func (c *Console) LookNow(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	run, err := connect.RunNow(ctx, c.engine.ScheduleClient(), observation.ScheduleID, observation.LookInput{Asked: time.Now().UTC()})
	if none := (*serviceerror.NotFound)(nil); errors.As(err, &none) {
		return errors.New("the policy has nothing observed: give a class of the patch file “observe: {every: 1m}”")
	}
	if err != nil {
		return fmt.Errorf("nothing was looked at: %w", err)
	}
	if err := c.engine.GetWorkflow(ctx, run.WorkflowID, run.FirstExecutionRunID).Get(ctx, nil); err != nil {
		return fmt.Errorf("the look is not over: %w", err)
	}
	return nil
}

// lookWithin bounds the wait for a look: a target that does not answer takes two minutes.
const lookWithin = 3 * time.Minute

// Document is a vendor's document that is to be tracked. Vendor's name, owner,
// sponsor and systems are for a vendor that the policy does not name.
type Document struct {
	Vendor, Artefact     string // ids
	Class, Title         string
	NeededBy             certrules.Date
	Name, Owner, Sponsor string
	Systems              []string
	By                   string // account at the command line
}

// Track begins the tracker of a document and returns its workflow id. A document
// that is tracked already is left as it is.
func (c *Console) Track(ctx context.Context, d Document) (string, error) {
	id := certification.WorkflowID(d.Vendor, d.Artefact)
	run, err := c.engine.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: id, TaskQueue: compliance.QueueWorkflows, StaticSummary: d.Artefact + " of " + d.Vendor,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
	}, certification.Type, certification.Input{Vendor: d.Vendor, Artefact: d.Artefact, Asked: &certrules.Asked{
		Name: d.Name, Owner: compliance.PersonID(d.Owner), Sponsor: compliance.PersonID(d.Sponsor), Systems: d.Systems,
		Class: d.Class, Title: d.Title, NeededBy: d.NeededBy, By: compliance.Account{Provider: Provider, ID: d.By},
	}})
	if err != nil {
		return "", fmt.Errorf("the tracker could not be begun: %w", err)
	}
	return id, c.begun(ctx, run)
}

// begun waits until a tracker has its number, or has said why it must not begin.
func (c *Console) begun(ctx context.Context, run client.WorkflowRun) error {
	ended := make(chan error, 1)
	waiting, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { ended <- run.Get(waiting, nil) }()
	for {
		if s, err := c.Certification(ctx, run.GetID()); err == nil && s.Number != "" {
			return nil
		}
		select {
		case err := <-ended:
			var said *temporal.ApplicationError
			if errors.As(err, &said) {
				return errors.New(said.Message())
			}
			return err
		case <-time.After(lookAgain): // a query's answer announces itself to nobody
		}
	}
}

// lookAgain is the pause between two queries.
const lookAgain = 50 * time.Millisecond

// Certification tells how a document stands.
func (c *Console) Certification(ctx context.Context, id string) (certification.Standing, error) {
	return ask[certification.Standing](ctx, c.engine, id, certification.QueryStanding)
}

// Patch tells how a rollout stands.
func (c *Console) Patch(ctx context.Context, id string) (patch.Standing, error) {
	return ask[patch.Standing](ctx, c.engine, id, patch.QueryStanding)
}

// Finding tells how a finding stands.
func (c *Console) Finding(ctx context.Context, id string) (observation.Standing, error) {
	return ask[observation.Standing](ctx, c.engine, id, observation.QueryStanding)
}

// Incident tells how an incident stands.
func (c *Console) Incident(ctx context.Context, id string) (incident.Standing, error) {
	return ask[incident.Standing](ctx, c.engine, id, incident.QueryStanding)
}

// askWithin bounds one query: a worker answers it, or there is none.
const askWithin = 5 * time.Second

func ask[S any](ctx context.Context, engine client.Client, id, query string) (S, error) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	var s S
	answer, err := engine.QueryWorkflow(ctx, id, "", query)
	if err != nil {
		return s, err
	}
	return s, answer.Get(&s)
}

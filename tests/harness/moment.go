package harness

import (
	"context"
	"encoding/json"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	commandpb "go.temporal.io/api/command/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/lowcodex/countersign/evidence"
)

// Moment is a place in the life of a process: the N-th passing, from 1, of a
// named step, before or after it.
type Moment struct {
	Name  string `json:"name"`
	N     int    `json:"n"`
	After bool   `json:"after,omitempty"`
}

// Names of steps: calls to the engine are named as its API names them, with what
// they are about (see tasks); steps of the evidence log as below.
const (
	EvidencePlanned   = "evidence planned"
	EvidenceAdded     = "evidence added"
	EvidenceIndexed   = "evidence indexed"
	EvidencePublished = "evidence published"
)

// Deadlines of the engine in a role under test. A killed worker is missed by
// the engine only when these run out, and the product's own would make each
// kill cost 10 to 20 s of waiting in which nothing happens.
const (
	testTaskTimeout     = 2 * time.Second
	testStickyTimeout   = time.Second
	testActivityTimeout = 4 * time.Second
	// What says that it is alive is missed by its silence, and may take longer.
	testBeatingTimeout = 20 * time.Second
	// Before a ticket is opened again, the tracker's search is waited for: ten seconds.
	testSearchTimeout = 15 * time.Second
)

// moments counts the steps that a process passes and kills at the armed one.
type moments struct {
	report func(any)
	tasks  tasks
	// own leaves the engine the product's own deadlines.
	own bool

	mu     sync.Mutex
	passed map[string]int
	armed  *Moment
	victim int // process id
}

func newMoments(report func(any), own bool) *moments {
	return &moments{report: report, own: own, passed: map[string]int{}}
}

// arm starts counting afresh; a nil moment only counts.
func (m *moments) arm(at *Moment, victim int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.passed)
	m.armed, m.victim = at, victim
}

func (m *moments) counts() map[string]int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.passed)
}

// enter counts a passing and returns its number.
func (m *moments) enter(name string) int {
	m.mu.Lock()
	m.passed[name]++
	n := m.passed[name]
	m.mu.Unlock()
	m.at(Moment{Name: name, N: n})
	return n
}

// at kills when this is the armed moment. A process that kills itself never
// returns from here.
func (m *moments) at(here Moment) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.armed == nil || *m.armed != here {
		return
	}
	m.armed = nil
	m.report(event{Killed: &here})
	_ = syscall.Kill(m.victim, syscall.SIGKILL) // an error means that it is gone
	if m.victim == syscall.Getpid() {
		select {}
	}
}

// step counts a step that has no duration.
func (m *moments) step(name string) { m.enter(name) }

func (m *moments) observer() evidence.Observer {
	return evidence.Observer{
		Planned:   func(int) { m.step(EvidencePlanned) },
		Added:     func(uint64, int) { m.step(EvidenceAdded) },
		Indexed:   func(uint64, int) { m.step(EvidenceIndexed) },
		Published: func(uint64) { m.step(EvidencePublished) },
	}
}

// intercept counts what a worker answers the engine and what a gateway asks it.
func (m *moments) intercept(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	name := path.Base(method)
	if !m.own {
		hasten(req)
	}
	if !counted(name) {
		err := invoke(ctx, method, req, reply, cc, opts...)
		m.tasks.learn(reply)
		return err
	}
	if about := m.tasks.about(req); about != "" {
		name += " " + about
	}
	n := m.enter(name)
	err := invoke(ctx, method, req, reply, cc, opts...)
	m.tasks.learn(reply)
	m.at(Moment{Name: name, N: n, After: true})
	return err
}

// counted are the calls with which a process takes part in what happens; polls
// for work and looks at the namespace go on for ever and change nothing.
func counted(name string) bool {
	return strings.HasPrefix(name, "Respond") || slices.Contains([]string{
		"UpdateWorkflowExecution", "PollWorkflowExecutionUpdate", "SignalWorkflowExecution",
		"SignalWithStartWorkflowExecution", "StartWorkflowExecution", "DescribeWorkflowExecution", "GetWorkflowExecutionHistory",
	}, name)
}

// hasten shortens the engine's deadlines in a request, never lengthens them.
func hasten(req any) {
	switch r := req.(type) {
	case *workflowservice.SignalWithStartWorkflowExecutionRequest:
		r.WorkflowTaskTimeout = durationpb.New(testTaskTimeout)
	case *workflowservice.StartWorkflowExecutionRequest:
		r.WorkflowTaskTimeout = durationpb.New(testTaskTimeout)
	case *workflowservice.RespondWorkflowTaskCompletedRequest:
		if s := r.GetStickyAttributes(); s != nil {
			s.ScheduleToStartTimeout = durationpb.New(testStickyTimeout)
		}
		for _, c := range r.GetCommands() {
			hastenCommand(c)
		}
	}
}

func hastenCommand(c *commandpb.Command) {
	if a := c.GetScheduleActivityTaskCommandAttributes(); a != nil {
		within := testActivityTimeout
		if a.GetHeartbeatTimeout().AsDuration() > testActivityTimeout {
			a.HeartbeatTimeout, within = durationpb.New(testActivityTimeout), testBeatingTimeout
		}
		if a.GetActivityType().GetName() == "OpenTicket" {
			within = testSearchTimeout
		}
		if a.GetStartToCloseTimeout().AsDuration() > within {
			a.StartToCloseTimeout = durationpb.New(within)
		}
	}
	if child := c.GetStartChildWorkflowExecutionCommandAttributes(); child != nil {
		child.WorkflowTaskTimeout = durationpb.New(testTaskTimeout)
	}
	if next := c.GetContinueAsNewWorkflowExecutionCommandAttributes(); next != nil {
		next.WorkflowTaskTimeout = durationpb.New(testTaskTimeout)
	}
}

// order is what the test tells a role, one JSON object per line on its standard input.
type order struct {
	Arm    *Moment `json:"arm,omitempty"`
	Victim int     `json:"victim,omitempty"` // 0: itself
	Count  bool    `json:"count,omitempty"`  // report what was passed since the last order to arm
	Afresh bool    `json:"afresh,omitempty"` // disarm and count from zero
}

// event is what a role tells the test, one JSON object per line on its standard output.
type event struct {
	Ready  bool           `json:"ready,omitempty"`
	Armed  bool           `json:"armed,omitempty"`
	Counts map[string]int `json:"counts,omitempty"`
	Killed *Moment        `json:"killed,omitempty"`
}

func encodeLine(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain structs
	}
	return append(b, '\n')
}

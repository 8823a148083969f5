package tests

import (
	"fmt"
	"strings"

	"github.com/lowcodex/countersign/tests/harness"
)

// The parties of a story. The first four can be killed.
const (
	partyWorker   = "worker"   // roles workflows and activities
	partyEvidence = "evidence" // role evidence
	partyGateway  = "gateway"
	partyEngine   = "engine"

	relaySlackWorker  = "worker's calls to Slack"
	relayJiraWorker   = "worker's calls to Jira"
	relayPagerDuty    = "worker's calls to PagerDuty"
	relayPlatform     = "worker's calls to the platform " // and the instance's name
	tapMail           = "mails that the server took"
	relaySlackGateway = "gateway's calls to Slack"
	relayToGateway    = "answers of the gateway"
)

// crashPoint is one place at which one process is killed.
type crashPoint struct {
	kind   string // row of the table
	plot   plot
	at     harness.Moment
	where  string // the process or relay that passes the moment
	victim string
	// absent plays the story with no worker while one person decides, so that
	// the decision goes by signal.
	absent bool
}

func (p crashPoint) String() string {
	when := "before"
	if p.at.After {
		when = "after"
	}
	if strings.HasPrefix(p.at.Name, "evidence ") {
		when = "at"
	}
	s := fmt.Sprintf("%s: %s killed %s %s #%d of the %s", p.plot, p.victim, when, p.at.Name, p.at.N, p.where)
	if p.absent {
		s += ", no worker"
	}
	return s
}

// The rows of the table.
const (
	kindWorker    = "worker, at its response to the engine"
	kindEvidence  = "evidence process, at its response to the engine"
	kindAppend    = "evidence process, inside an append"
	kindVendor    = "caller, when the vendor has acknowledged"
	kindPlatform  = "worker, when the platform has acknowledged"
	kindCall      = "gateway, at its call to the engine"
	kindSignal    = "gateway, at its signal when no worker answers"
	kindAnswer    = "gateway, when its answer has arrived"
	kindEngineOf  = "engine, at a response of a worker"
	kindEngineGet = "engine, at a call of the gateway"
	kindTogether  = "all roles in one process, at a response"
)

// kinds lists the rows in order.
func kinds() []string {
	return []string{
		kindWorker, kindEvidence, kindAppend, kindVendor, kindPlatform, kindCall, kindSignal, kindAnswer, kindEngineOf, kindEngineGet, kindTogether,
	}
}

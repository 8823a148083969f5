// Package pages is what a person opens to try the product: one page per
// vendor's stand-in, the evidence, and a choice of whom to act as. It has no
// state of its own.
package pages

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/lowcodex/countersign/policy"
	"github.com/lowcodex/countersign/sandbox/standin"
)

// TicketPath is where a ticket's page is; the key follows.
const TicketPath = "/jira/"

type Config struct {
	Site       *standin.Site
	Rules      *policy.Rules
	Directory  *policy.Directory
	Evidence   string
	Anchors    string
	Policy     string
	TemporalUI string
	Logger     *slog.Logger
}
type Pages struct{}

func New(c Config) (*Pages, error)                                    { return &Pages{}, nil }
func (p *Pages) Changed()                                             {}
func (p *Pages) Watch(ctx context.Context)                            {}
func (p *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request)     {}

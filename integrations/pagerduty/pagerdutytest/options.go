package pagerdutytest

import (
	"log/slog"
	"time"
)

// Options configures a Server; every field has a default.
type Options struct {
	// RoutingKey is the integration key of the one service, 32 characters.
	RoutingKey string
	// Users are the people of the account. Default: Ann (PANN001) and Ben (PBEN002).
	Users []User
	// OnCall is the id of the user who is paged by the service's escalation
	// policy. Default: the first user.
	OnCall string
	// Webhook is the subscription from the start; SetWebhook changes it.
	Webhook Webhook
	// PerMinute is how many events an integration key takes in a minute. Default 120.
	PerMinute int
	// SaveTo is a file that keeps the state over restarts, replaced in one step
	// at every change. Default: memory only.
	SaveTo string
	// Logger gets faults of the stand-in itself. Default: discard.
	Logger *slog.Logger
	// Now is the clock. Default time.Now.
	Now func() time.Time
}

// User is a person of the account.
type User struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func (o Options) withDefaults() Options {
	if o.RoutingKey == "" {
		o.RoutingKey = "0123456789abcdef0123456789abcdef"
	}
	if len(o.Users) == 0 {
		o.Users = []User{{"PANN001", "Ann"}, {"PBEN002", "Ben"}}
	}
	if o.OnCall == "" {
		o.OnCall = o.Users[0].ID
	}
	if o.PerMinute <= 0 {
		o.PerMinute = 120
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Webhook = o.Webhook.withDefaults()
	return o
}

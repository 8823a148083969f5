package slack

import (
	"errors"
	"slices"
	"time"

	slackgo "github.com/slack-go/slack"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/httpcall"
)

// The operations, as they appear in errors, counters and rate limits.
const (
	opPost      = "post card"
	opPage      = "page"
	opUpdate    = "rewrite card"
	opNote      = "post note"
	opEphemeral = "post private note"
	opLook      = "look for card"
	opThread    = "look for note"
	opPermalink = "get link of card"
	opConverse  = "open direct conversation"
	opForm      = "open form"
	opWho       = "check token"
	opRoom      = "open room"
	opRooms     = "look for room"
	opInvite    = "invite to room"
	opPurpose   = "describe room"
	opConnect   = "open connection" // of a Socket
)

// DefaultLimits keep the client below Slack's tiers, with room for bursts: 50
// calls a minute for chat.update and conversations.* (tier 3), 100 for views.*
// (tier 4), about one message a second.
// https://docs.slack.dev/apis/web-api/rate-limits
func DefaultLimits() map[string]httpcall.Limit {
	return map[string]httpcall.Limit{
		opPost: {PerSecond: 1, Burst: 20},
		// Of its own, so that no page waits behind cards. Each person has a
		// conversation of their own, to which the one message a second applies.
		opPage:   {PerSecond: 5, Burst: 20},
		opUpdate: {PerSecond: 50.0 / 60, Burst: 50},
		opLook:   {PerSecond: 50.0 / 60, Burst: 20},
		opThread: {PerSecond: 50.0 / 60, Burst: 20},
		opForm:   {PerSecond: 100.0 / 60, Burst: 50},
		opRoom:   {PerSecond: 20.0 / 60, Burst: 20}, // tier 2
		opRooms:  {PerSecond: 20.0 / 60, Burst: 20}, // tier 2
		opInvite: {PerSecond: 50.0 / 60, Burst: 50},
	}
}

// isReading names the operations without an effect that anybody sees, although
// Slack's library sends them as POST: when their end is not known they may
// simply be repeated. Opening a direct conversation again gives the same one, and
// who is invited twice is in the channel once.
func isReading(op string) bool {
	return slices.Contains([]string{opLook, opThread, opPermalink, opWho, opConverse, opRooms, opInvite, opPurpose, opConnect}, op)
}

// throttledWait is used when Slack says "rate limited" without saying for how long.
const throttledWait = 30 * time.Second

// failure turns the end of a library call into a compliance.Failure; nil when
// err is nil.
func failure(t *httpcall.Transport, x *httpcall.Exchange, op string, err error) error {
	if err == nil {
		return nil
	}
	var answer slackgo.SlackErrorResponse
	if !errors.As(err, &answer) {
		f := x.Failure(err)
		if f.Class == compliance.UnknownOutcome && isReading(op) {
			f.Class = compliance.Unavailable
		}
		return f
	}
	f := &compliance.Failure{Class: classOf(op, answer.Err), Op: op, Err: &code{answer.Err}}
	f.Detail = t.Redactor().Clean(detail(op, answer))
	if f.Class == compliance.Throttled {
		f.RetryAfter = throttledWait
		if d := httpcall.RetryAfter(map[string][]string{"Retry-After": {x.Header("Retry-After")}}, time.Now()); d > 0 {
			f.RetryAfter = d
		}
	}
	return f
}

// code keeps Slack's error code in the chain, for codeOf.
type code struct{ text string }

func (c *code) Error() string { return c.text }

// codeOf returns Slack's own error code, empty when there is none.
func codeOf(err error) string {
	var c *code
	if errors.As(err, &c) {
		return c.text
	}
	return ""
}

// detail is Slack's code, what it says about it, and how to mend what people can mend.
func detail(op string, answer slackgo.SlackErrorResponse) string {
	out := answer.Err
	for i, m := range answer.ResponseMetadata.Messages {
		if i == 3 {
			break
		}
		out += "; " + m
	}
	if answer.Needed != "" {
		out += "; the token lacks the scope " + answer.Needed
	}
	switch answer.Err {
	case "invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive", "not_allowed_token_type", "missing_scope":
		if op == opConnect {
			return out + ": " + mendAppToken
		}
	}
	switch answer.Err {
	case "not_in_channel", "channel_not_found":
		out += ": check the channel's id in the policy and invite the app to the channel"
	case "is_archived":
		out += ": unarchive the channel or give the policy another one"
	case "invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive":
		out += ": set SLACK_BOT_TOKEN to a valid bot token"
	}
	return out
}

// classOf is the table from Slack's error codes to classes. An unknown code is
// Invalid: Slack understood the call and refuses it as it is.
// https://docs.slack.dev/reference/methods (errors of each method)
func classOf(op, code string) compliance.Class {
	switch code {
	case "ratelimited", "rate_limited", "message_limit_exceeded", "accesslimited":
		return compliance.Throttled
	case "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "missing_scope",
		"no_permission", "not_allowed_token_type", "access_denied", "ekm_access_denied", "team_access_not_granted",
		"org_login_required", "two_factor_setup_required", "app_access_restricted", "enterprise_is_restricted",
		"not_in_channel", "channel_not_found", "is_archived", "team_not_found", "channel_is_limited_access",
		"restricted_action", "restricted_action_read_only_channel", "restricted_action_thread_only_channel",
		"restricted_action_non_threadable_channel", "restricted_action_thread_locked", "posting_to_channel_denied",
		"messages_tab_disabled", "forbidden_team", "deprecated_endpoint", "method_deprecated", "metadata_must_be_sent_from_app":
		return compliance.Blocked
	case "message_not_found", "thread_not_found", "not_found":
		return compliance.Gone
	case "cant_update_message", "edit_window_closed", "user_not_in_channel", "user_disabled", "cannot_reply_to_message",
		"expired_trigger_id", "exchanged_trigger_id", "is_inactive":
		return compliance.Refused
	case "hash_conflict", "external_channel_migrating", "streaming_state_conflict":
		return compliance.Conflict
	case "team_added_to_org", "update_failed":
		return compliance.Unavailable
	case "internal_error", "fatal_error", "request_timeout", "service_unavailable":
		// "It's possible some aspect of the operation succeeded before the error was raised."
		if isReading(op) {
			return compliance.Unavailable
		}
		return compliance.UnknownOutcome
	}
	return compliance.Invalid
}

// invalid is the failure of a call that was never sent because it cannot be right.
func invalid(op string, err error) error {
	return &compliance.Failure{Class: compliance.Invalid, Op: op, Detail: err.Error(), Err: err}
}

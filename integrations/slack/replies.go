package slack

import (
	slackgo "github.com/slack-go/slack"

	"github.com/lowcodex/countersign/compliance"
)

// response is the answer to a submitted form. What counts replaces the form by
// the outcome; what does not count stays in the form as an error beside an
// input, so that the person can correct it. Always with status 200: anything
// else would show Slack's own error only, which says nothing (C15).
func response(view slackgo.View, reply compliance.Reply) *slackgo.ViewSubmissionResponse {
	switch reply.Outcome {
	case compliance.Recorded:
		return outcomeView("Recorded", orText(reply.Text, "Recorded; the card shows it."))
	case compliance.Received:
		return outcomeView("Received", orText(reply.Text, "Received; the outcome follows on the card."))
	case compliance.Declined:
		if linkTarget(reply.Link) != "" {
			// Nothing in the form can be corrected, and an error beside an input holds no link.
			return linkView("Sign in first", orText(reply.Text, "This needs a sign-in."), reply.Link)
		}
		return errorResponse(view, reply.Field, "Not accepted", orText(reply.Text, "This was refused by the rules."))
	default:
		return errorResponse(view, "", "Not recorded", orText(reply.Text, "Nothing was recorded. Please submit again."))
	}
}

func orText(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// maxError bounds the text beside an input; Slack publishes no figure.
const maxError = 1000

func errorResponse(view slackgo.View, field, title, text string) *slackgo.ViewSubmissionResponse {
	id := firstInput(view, field)
	if id == "" {
		return outcomeView(title, text) // a form without inputs has no place for an error
	}
	return slackgo.NewErrorsViewSubmissionResponse(map[string]string{id: cutPlain(text, maxError)})
}

// outcomeView replaces the form by a text; it has no submit button.
func outcomeView(title, text string) *slackgo.ViewSubmissionResponse {
	return slackgo.NewUpdateViewSubmissionResponse(&slackgo.ModalViewRequest{
		Type: slackgo.VTModal, Title: plain(title), Close: plain("Close"), CallbackID: callbackID + "_outcome",
		Blocks: slackgo.Blocks{BlockSet: []slackgo.Block{slackgo.NewSectionBlock(plain(cutPlain(text, maxText)), nil, nil)}},
	})
}

// linkView replaces the form by a text and where to go on.
func linkView(title, text, link string) *slackgo.ViewSubmissionResponse {
	r := outcomeView(title, text)
	r.View.Blocks.BlockSet = linkBlocks(text, link)
	return r
}

// member is the account id of the person who acted: the user id for a member
// of the configured workspace or organisation, "T…/U…" for anybody else, so
// that a guest of a shared channel never passes for a colleague.
func (h *handler) member(ic slackgo.InteractionCallback) string {
	home, team := h.cfg.TeamID, ic.User.TeamID
	if home == "" {
		home = ic.Team.ID
	}
	if team == "" {
		team = ic.Team.ID
	}
	if team == home {
		return ic.User.ID
	}
	if e := h.cfg.EnterpriseID; e != "" && ic.Enterprise.ID == e && (team == e || team == ic.Team.ID) {
		return ic.User.ID
	}
	return team + "/" + ic.User.ID
}

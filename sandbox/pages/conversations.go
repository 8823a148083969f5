package pages

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/slack"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
)

// direct reports whether a conversation is one of the app with one member.
func direct(c slacktest.Channel) bool { return strings.HasPrefix(c.ID, "D") }

// sees reports whether a member may look into a conversation: everybody sees the
// channels, and only those in it a direct or a private one.
func sees(c slacktest.Channel, member string) bool {
	return slices.Contains(c.Members, member) || !direct(c) && !c.Private
}

// conversations lists what a member sees: the channels by name, then the direct
// messages of the app.
func conversations(snap slacktest.Snapshot, here, me string) (channels, directs []channelLink) {
	for _, c := range snap.Channels {
		if !sees(c, me) {
			continue
		}
		link := channelLink{ID: c.ID, Name: c.Name, Here: c.ID == here}
		for _, m := range snap.Messages {
			if m.Channel == c.ID && !m.Deleted && m.ThreadTS == "" {
				link.Count++
			}
		}
		if direct(c) {
			link.Name = "Countersign"
			directs = append(directs, link)
			continue
		}
		channels = append(channels, link)
	}
	slices.SortFunc(channels, func(a, b channelLink) int { return strings.Compare(a.Name, b.Name) })
	return channels, directs
}

// maxSaid is how many characters a person may write here at once. Slack takes more.
const maxSaid = 4000

// say posts what a member wrote, or hands a slash command to the app. What the
// app answers is a private note, unless it opened a form.
func (p *Pages) say(w http.ResponseWriter, r *http.Request, me, channel string) {
	s, text := p.cfg.Site.Slack, strings.TrimSpace(strings.ReplaceAll(r.PostFormValue("text"), "\r\n", "\n"))
	command, rest, _ := strings.Cut(text, " ")
	var err error
	switch {
	case text == "":
		p.showChannel(w, r, http.StatusUnprocessableEntity, "Write something first.", nil)
		return
	case utf8.RuneCountInString(text) > maxSaid:
		p.showChannel(w, r, http.StatusUnprocessableEntity, fmt.Sprintf("A message may have %d characters; this one has %d.", maxSaid, utf8.RuneCountInString(text)), nil)
		return
	case strings.HasPrefix(text, "/"):
		p.putAway(me)
		_, err = s.Command(me, channel, command, strings.TrimSpace(rest))
	default:
		_, err = s.Say(me, channel, typed(text))
	}
	if err != nil && !noted(err) { // a note stands among the messages
		p.showChannel(w, r, http.StatusUnprocessableEntity, plainError(err), nil)
		return
	}
	http.Redirect(w, r, "/slack/"+channel, http.StatusSeeOther)
}

// typed is what a member wrote as Slack's client sends it: nothing in it is a link, a
// mention or a call of everybody.
func typed(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(strings.ToValidUTF8(text, "\uFFFD"))
}

// directPath is the address of the direct messages of a person, empty when the app has
// sent them none.
func (p *Pages) directPath(account string) string {
	if p.cfg.Site.Slack == nil || account == "" {
		return ""
	}
	for _, c := range p.cfg.Site.Slack.Channels() {
		if direct(c) && slices.Contains(c.Members, account) {
			return "/slack/" + c.ID
		}
	}
	return ""
}

// slackAccount is whose conversations a person sees.
func (p *Pages) slackAccount(r *http.Request) string { return p.acting(r).Accounts[slack.Provider] }

// cardPath is the address of a card; its channel is the surface's id, or a name of
// the policy.
func (p *Pages) cardPath(c compliance.Posted) string {
	if p.cfg.Site.Slack == nil {
		return ""
	}
	channel := c.Channel
	if id, ok := p.cfg.Rules.Channel(channel); ok {
		channel = id
	}
	return "/slack/" + channel + "#m" + c.Ref
}

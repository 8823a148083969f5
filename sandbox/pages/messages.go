package pages

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
)

// messages are those of a channel, oldest first, replies under what they reply to.
func (p *Pages) messages(in []slacktest.Message, m markup, where *time.Location) (out []message, older int) {
	replies := map[string][]message{}
	for _, msg := range in {
		if msg.ThreadTS != "" && msg.ThreadTS != msg.TS {
			replies[msg.ThreadTS] = append(replies[msg.ThreadTS], p.message(msg, m, where))
		}
	}
	for _, msg := range in {
		if msg.ThreadTS == "" || msg.ThreadTS == msg.TS {
			out = append(out, p.message(msg, m, where))
		}
	}
	older = max(0, len(out)-shown)
	out = out[older:]
	for i := range out {
		out[i].Replies = replies[out[i].TS]
	}
	return out, older
}

// maxNotes is how many private notes are shown; Slack forgets them at a reload.
const maxNotes = 3

// withNotes puts a member's newest private notes among the messages, by their time.
func (p *Pages) withNotes(all []message, notes []slacktest.Ephemeral, channel, me string, m markup) []message {
	mine := slices.DeleteFunc(slices.Clone(notes), func(e slacktest.Ephemeral) bool { return e.Channel != channel || e.User != me })
	for _, e := range mine[max(0, len(mine)-maxNotes):] {
		note := p.message(slacktest.Message{TS: e.TS, User: "app", BotID: "app", Text: e.Text, Blocks: e.Blocks}, m, m.where)
		note.Private = true
		all = append(all, note)
	}
	slices.SortStableFunc(all, func(a, b message) int { return timestamp(a.TS).Compare(timestamp(b.TS)) })
	return all
}

func (p *Pages) message(msg slacktest.Message, m markup, where *time.Location) message {
	at := msg.PostedAt
	if at.IsZero() {
		at = timestamp(msg.TS)
	}
	out := message{
		TS: msg.TS, By: m.mention(msg.User), App: msg.BotID != "", At: p.stampOf(at, where), Edited: len(msg.Edits) > 0,
		Blocks: m.blocks(msg.Blocks), Text: block{Type: "section", Text: m.html(msg.Text)},
	}
	if out.App {
		out.By = "Countersign"
	}
	return out
}

// markup renders for a person.
func (p *Pages) markup(acting compliance.Person) markup {
	names := map[string]string{}
	for _, u := range p.cfg.Site.Slack.Users() {
		names[u.ID] = u.RealName
	}
	browse := p.cfg.Site.JiraURL + "/browse/"
	return markup{
		where: zone(acting), now: p.cfg.Now(),
		mention: func(user string) string {
			if name := names[user]; name != "" {
				return name
			}
			return user
		},
		link: func(target string) string {
			if key, ok := strings.CutPrefix(target, browse); ok && p.cfg.Site.Jira != nil {
				return TicketPath + key // the same browser, without the way round
			}
			return target
		},
	}
}

// form is the form a person has open. Values and Errors are by input name; Trouble is
// why it could not be sent at all.
type form struct {
	View, Title, Submit string
	Trouble             string
	Blocks              []block
	Values, Errors      map[string]string
}

func openForm(v slacktest.View, m markup, filled *form) *form {
	f := &form{View: v.ID, Title: v.Title(), Submit: v.SubmitLabel(), Blocks: m.blocks(viewBlocks(v))}
	if filled == nil {
		return f
	}
	f.Values, f.Errors = maps.Clone(filled.Values), maps.Clone(filled.Errors)
	for _, b := range f.Blocks {
		if b.Input == nil {
			continue
		}
		b.Input.Value, b.Input.Error = f.Values[b.Input.Name], f.Errors[b.Input.Name]
		for i, o := range b.Input.Options {
			b.Input.Options[i].Chosen = slices.Contains(strings.Split(b.Input.Value, ","), o.Value)
		}
	}
	return f
}

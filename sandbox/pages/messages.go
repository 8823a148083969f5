package pages

import (
	"html/template"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/slack"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
)

// reading is who reads a channel, and with which rights.
type reading struct {
	Channel string
	Member  bool
	Acting  compliance.Person
}

// threaded is a message with its replies.
type threaded struct {
	Message slacktest.Message
	Replies []slacktest.Message
	Private bool
}

// from is all that a message is drawn from.
func (t threaded) from(by reading, today string) []string {
	out := []string{by.Channel, string(by.Acting.ID), by.Acting.Zone, today, strconv.FormatBool(by.Member), strconv.FormatBool(t.Private)}
	for _, m := range append([]slacktest.Message{t.Message}, t.Replies...) {
		out = append(out, m.TS, m.User, m.BotID, strconv.Itoa(len(m.Edits)), m.Text, string(m.Blocks))
	}
	return out
}

// messages are those of a channel, oldest first, replies under what they reply to, with
// the reader's newest private notes among them.
func (p *Pages) messages(snap slacktest.Snapshot, by reading, m markup) (out []template.HTML, older int, err error) {
	in, today := snap.In(by.Channel), m.now.In(m.where).Format(time.DateOnly)
	replies := map[string][]slacktest.Message{}
	var all []threaded
	for _, msg := range in {
		if msg.ThreadTS != "" && msg.ThreadTS != msg.TS {
			replies[msg.ThreadTS] = append(replies[msg.ThreadTS], msg)
			continue
		}
		all = append(all, threaded{Message: msg})
	}
	older = max(0, len(all)-shown)
	all = withNotes(all[older:], snap.Ephemerals, by)
	for _, t := range all {
		t.Replies = replies[t.Message.TS]
		part, err := p.drawn.part(t.from(by, today), func() (template.HTML, error) {
			return p.fragment("slack.html", "message", p.threaded(t, by, m))
		})
		if err != nil {
			return nil, 0, err
		}
		out = append(out, part)
	}
	return out, older, nil
}

// maxNotes is how many private notes are shown; Slack forgets them at a reload.
const maxNotes = 3

// withNotes puts a member's newest private notes among the messages, by their time.
func withNotes(all []threaded, notes []slacktest.Ephemeral, by reading) []threaded {
	me := by.Acting.Accounts[slack.Provider]
	mine := slices.DeleteFunc(slices.Clone(notes), func(e slacktest.Ephemeral) bool { return e.Channel != by.Channel || e.User != me })
	for _, e := range mine[max(0, len(mine)-maxNotes):] {
		note := slacktest.Message{TS: e.TS, User: "app", BotID: "app", Text: e.Text, Blocks: e.Blocks}
		all = append(all, threaded{Message: note, Private: true})
	}
	slices.SortStableFunc(all, func(a, b threaded) int { return timestamp(a.Message.TS).Compare(timestamp(b.Message.TS)) })
	return all
}

// threaded is a message as its template takes it.
func (p *Pages) threaded(t threaded, by reading, m markup) message {
	out := p.message(t.Message, m, m.where)
	out.Private, out.Channel, out.Member, out.Acting = t.Private, by.Channel, by.Member, by.Acting
	for _, reply := range t.Replies {
		out.Replies = append(out.Replies, p.message(reply, m, m.where))
	}
	return out
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

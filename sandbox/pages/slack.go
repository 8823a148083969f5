package pages

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/lowcodex/countersign/integrations/slack"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
)

// shown is the most messages on one page; older ones stay in the stand-in.
const shown = 200

// channelPage is a channel as one member sees it.
type channelPage struct {
	Channels []channelLink
	Directs  []channelLink
	ID, Name string
	Title    string // with a sign for a channel
	Member   bool
	Archived bool
	Older    int // messages not shown
	Messages []message
	Notes    []message // seen by this person only
	Form     *form
}

type channelLink struct {
	ID, Name string
	Count    int
	Here     bool
}

type message struct {
	TS      string
	By      string
	App     bool
	At      stamp
	Edited  bool
	Text    block // the plain text, where there are no blocks
	Blocks  []block
	Replies []message
}

// slackHome goes to the first channel.
func (p *Pages) slackHome(w http.ResponseWriter, r *http.Request) {
	channels, _ := conversations(p.cfg.Site.Slack.Snapshot(), "", p.slackAccount(r))
	if len(channels) == 0 {
		p.fail(w, r, http.StatusNotFound, "The organisation has no channels.")
		return
	}
	http.Redirect(w, r, "/slack/"+channels[0].ID, http.StatusSeeOther)
}

func (p *Pages) slackChannel(w http.ResponseWriter, r *http.Request) {
	p.showChannel(w, r, http.StatusOK, "", nil)
}

// slackAct does what a member does in a channel: press a button of a message,
// submit the form it opened, or put the form away.
func (p *Pages) slackAct(w http.ResponseWriter, r *http.Request) {
	s, me, channel := p.cfg.Site.Slack, p.acting(r).Accounts[slack.Provider], r.PathValue("channel")
	if err := r.ParseForm(); err != nil {
		p.fail(w, r, http.StatusBadRequest, "The form could not be read.")
		return
	}
	var err error
	back := "/slack/" + channel
	switch r.PostFormValue("do") {
	case "submit":
		p.submit(w, r, me)
		return
	case "say":
		p.say(w, r, me, channel)
		return
	case "join":
		if found := s.Channels(); slices.ContainsFunc(found, func(c slacktest.Channel) bool { return c.ID == channel && sees(c, me) }) {
			err = s.Join(channel, me)
		}
	case "close":
		// Closed twice is closed.
		_ = s.CloseView(me, r.PostFormValue("view"))
	default:
		ts := r.PostFormValue("ts")
		back += "#m" + ts
		_, err = s.Press(me, channel, ts, r.PostFormValue("action"))
	}
	switch {
	case errors.Is(err, slacktest.ErrNoForm) && strings.Contains(err.Error(), ": "):
		// The app left a private note, which the page shows.
	case err != nil:
		p.showChannel(w, r, http.StatusBadGateway, "The button did not work: "+plainError(err), nil)
		return
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
}

// submit sends a filled-in form to the app.
func (p *Pages) submit(w http.ResponseWriter, r *http.Request, me string) {
	s := p.cfg.Site.Slack
	views := s.Views(me)
	i := slices.IndexFunc(views, func(v slacktest.View) bool { return v.ID == r.PostFormValue("view") })
	if i < 0 {
		p.showChannel(w, r, http.StatusGone, "That form is not open any more.", nil)
		return
	}
	values := map[string]string{}
	for _, in := range views[i].Inputs() {
		if given := r.PostForm["in."+in.Name]; len(given) > 0 {
			values[in.Name] = strings.ReplaceAll(strings.Join(given, ","), "\r\n", "\n")
		}
	}
	result, err := s.Submit(me, views[i], values)
	if err != nil {
		p.showChannel(w, r, http.StatusUnprocessableEntity, plainError(err), &form{Values: values})
		return
	}
	if len(result.Errors) > 0 {
		p.showChannel(w, r, http.StatusUnprocessableEntity, "", &form{Values: values, Errors: result.Errors})
		return
	}
	http.Redirect(w, r, "/slack/"+r.PathValue("channel"), http.StatusSeeOther)
}

// plainError is what a member is told, without the stand-in's own prefix.
func plainError(err error) string {
	text := strings.TrimPrefix(err.Error(), "slack stand-in: ")
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// showChannel renders a channel; filled is what was typed into the form that
// is open, nil for nothing.
func (p *Pages) showChannel(w http.ResponseWriter, r *http.Request, status int, notice string, filled *form) {
	id, acting := r.PathValue("channel"), p.acting(r)
	me, snap, m := acting.Accounts[slack.Provider], p.cfg.Site.Slack.Snapshot(), p.markup(acting)
	body := channelPage{ID: id}
	i := slices.IndexFunc(snap.Channels, func(c slacktest.Channel) bool { return c.ID == id })
	switch {
	case i < 0:
		p.fail(w, r, http.StatusNotFound, "There is no such channel.")
		return
	case !sees(snap.Channels[i], me):
		// A change of the acting person on somebody else's direct messages.
		http.Redirect(w, r, cmp.Or(p.directPath(me), "/slack"), http.StatusSeeOther)
		return
	}
	c := snap.Channels[i]
	body.Member, body.Archived, body.Name, body.Title = slices.Contains(c.Members, me), c.Archived, c.Name, "# "+c.Name
	if direct(c) {
		body.Name, body.Title = "Countersign", "Countersign"
	}
	body.Channels, body.Directs = conversations(snap, id, me)
	body.Messages, body.Older = p.messages(snap.In(id), m, zone(acting))
	for _, e := range snap.Ephemerals {
		if e.Channel == id && e.User == me {
			body.Notes = append(body.Notes, p.message(slacktest.Message{TS: e.TS, User: "app", BotID: "app", Text: e.Text, Blocks: e.Blocks}, m, zone(acting)))
		}
	}
	body.Notes = body.Notes[max(0, len(body.Notes)-3):]
	for _, v := range slices.Backward(snap.Views) {
		if v.User == me && v.Open {
			body.Form = openForm(v, m, filled)
			break
		}
	}
	p.show(w, r, status, "slack.html", page{Title: body.Title, Section: "slack", Notice: notice, Body: body})
}

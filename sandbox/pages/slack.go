package pages

import (
	"cmp"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lowcodex/countersign/compliance"
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
	Messages []template.HTML
	Form     *form
	Draft    string // what was written and could not be sent
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
	Private bool  // seen by this person only
	Text    block // the plain text, where there are no blocks
	Blocks  []block
	Replies []message
	// Channel, Member and Acting are where its buttons lead, whether they may be
	// pressed, and by whom.
	Channel string
	Member  bool
	Acting  compliance.Person
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
		p.putAway(me)
	default:
		ts, action := r.PostFormValue("ts"), r.PostFormValue("action")
		if !p.offers(channel, ts, action) {
			p.showChannel(w, r, http.StatusConflict, "That button is not there any more: the message has changed since you saw it. Nothing was done.", nil)
			return
		}
		p.putAway(me)
		back += "#m" + ts
		_, err = s.Press(me, channel, ts, action)
	}
	switch {
	case noted(err):
		// The app left a private note, which the page shows.
	case err != nil:
		p.showChannel(w, r, http.StatusBadGateway, "The button did not work: "+plainError(err), nil)
		return
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
}

// noted reports whether the app opened no form and left a private note instead.
func noted(err error) bool {
	return errors.Is(err, slacktest.ErrNoForm) && strings.Contains(err.Error(), ": ")
}

// putAway closes whatever forms a member has open: only one lies before a person at a
// time, and a button pressed twice opens two.
func (p *Pages) putAway(me string) {
	for _, v := range p.cfg.Site.Slack.Views(me) {
		_ = p.cfg.Site.Slack.CloseView(me, v.ID) // one that is closed already is closed
	}
}

// offers reports whether a message still has the button.
func (p *Pages) offers(channel, ts, action string) bool {
	for _, m := range p.cfg.Site.Slack.Messages(channel) {
		if m.TS == ts && !m.Deleted {
			return slices.ContainsFunc(m.Buttons(), func(b slacktest.Button) bool { return b.ActionID == action })
		}
	}
	return false
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
	if missing := unanswered(views[i].Inputs(), values); len(missing) > 0 {
		p.showChannel(w, r, http.StatusUnprocessableEntity, "", &form{Values: values, Errors: missing})
		return
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

// unanswered is what Slack's client says beside an input instead of sending the form.
func unanswered(inputs []slacktest.Input, values map[string]string) map[string]string {
	out := map[string]string{}
	for _, in := range inputs {
		switch given := values[in.Name]; {
		case in.Required && strings.TrimSpace(given) == "":
			out[in.Name] = "Please complete this required field."
		case in.MaxLength > 0 && utf8.RuneCountInString(given) > in.MaxLength:
			out[in.Name] = fmt.Sprintf("Please use at most %d characters; these are %d.", in.MaxLength, utf8.RuneCountInString(given))
		}
	}
	return out
}

// plainError is what a member is told, without the stand-in's own prefix.
func plainError(err error) string {
	text := strings.TrimPrefix(err.Error(), "slack stand-in: ")
	return strings.ToUpper(text[:1]) + strings.TrimSuffix(text[1:], ".") + "."
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
	var err error
	if body.Messages, body.Older, err = p.messages(snap, reading{Channel: id, Member: body.Member, Acting: acting}, m); err != nil {
		p.fail(w, r, http.StatusInternalServerError, "The messages cannot be shown: "+err.Error())
		return
	}
	for _, v := range slices.Backward(snap.Views) {
		if v.User == me && v.Open {
			body.Form = openForm(v, m, filled)
			break
		}
	}
	if body.Form != nil { // it lies over the page
		body.Form.Trouble, notice = notice, ""
	}
	if status >= http.StatusBadRequest && r.PostFormValue("do") == "say" {
		body.Draft = r.PostFormValue("text")
	}
	p.show(w, r, status, "slack.html", page{Title: body.Title, Section: "slack", Notice: notice, Body: body})
}

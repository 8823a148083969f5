package slack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	slackgo "github.com/slack-go/slack"

	"github.com/lowcodex/countersign/compliance"
)

// binding is what a button carries, and with a form also where the card is.
// The names are short because a button's value is limited to 2,000 characters.
type binding struct {
	Subject string `json:"s"`
	Ref     string `json:"r,omitempty"`
	Action  string `json:"a"`
	Channel string `json:"c,omitempty"`
	TS      string `json:"t,omitempty"`
	StepUp  bool   `json:"u,omitempty"` // compliance.Action.StepUp
}

// encode returns the binding as JSON of at most limit characters. It is never
// shortened: a binding that is not handed back whole would bind to nothing (C11).
func (b binding) encode(limit int) (string, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(b); err != nil {
		return "", err
	}
	out := strings.TrimSpace(buf.String())
	var back binding
	if err := json.Unmarshal([]byte(out), &back); err != nil || back != b {
		return "", fmt.Errorf("the reference of action %q is not valid UTF-8", b.Action)
	}
	if n := utf8.RuneCountInString(out); n > limit {
		return "", fmt.Errorf("the reference of action %q needs %d characters, Slack allows %d: shorten the subject or the reference", b.Action, n, limit)
	}
	return out, nil
}

func decodeBinding(s string) (binding, error) {
	dec := json.NewDecoder(strings.NewReader(s))
	dec.DisallowUnknownFields()
	var b binding
	if err := dec.Decode(&b); err != nil {
		return binding{}, fmt.Errorf("not a reference of this app: %w", err)
	}
	if dec.More() || b.Subject == "" || b.Action == "" {
		return binding{}, fmt.Errorf("a reference needs a subject and an action")
	}
	return b, nil
}

// message is a card in Slack's terms.
type message struct {
	text   string // for notifications and screen readers
	blocks []slackgo.Block
}

// toneMarks stand before the status; Slack shows no colours inside blocks.
func toneMark(t compliance.Tone) string {
	switch t {
	case compliance.Good:
		return ":large_green_circle:"
	case compliance.Bad:
		return ":red_circle:"
	case compliance.Attention:
		return ":large_yellow_circle:"
	default:
		return ":white_circle:"
	}
}

// render lays a card out within Block Kit's limits. Long text is cut with a
// remark, never silently; only an action that cannot carry its reference is an
// error, because a button without its binding must not exist. The remark, when
// there is one, is trusted mrkdwn above the facts.
func render(card compliance.Card, people map[compliance.PersonID]compliance.Person, remark string) (message, error) {
	text := cutEscaped(oneLine(card.Title)+" — "+oneLine(card.Status), maxText, "")
	for _, size := range []struct{ text, actions int }{
		{maxCardText, maxActions}, {7500, maxActions}, {6000, maxActions}, {5000, maxActions}, {4000, maxActions}, {2500, maxActions}, {2500, 10}, {1500, 5},
	} {
		l := &layout{left: size.text, room: maxBlocks, link: card.Link, people: people}
		if err := l.card(card, remark, size.actions); err != nil {
			return message{}, err
		}
		if jsonRunes(l.blocks) <= maxCardJSON {
			return message{text: text, blocks: l.blocks}, nil
		}
	}
	return message{}, fmt.Errorf("the card %q does not fit into a message even without its facts: shorten the references of its actions", card.Key)
}

// card sets the whole card, as far as it fits.
func (l *layout) card(card compliance.Card, remark string, actions int) error {
	title := plain(orDash(cutPlain(oneLine(card.Title), maxHeader)))
	l.add(slackgo.NewHeaderBlock(title), title)
	l.section(mrkdwn(toneMark(card.Tone) + " *" + orDash(cutEscaped(oneLine(card.Status), 1000, card.Link)) + "*"))
	if remark != "" {
		l.section(mrkdwn(remark))
	}
	row, err := buttons(card, actions)
	if err != nil {
		return err
	}
	const tail = 3 // actions, mentions, remark with link
	kept, keptText := logBlocks(card), l.logText(card)
	l.room -= tail + kept
	l.left -= keptText
	l.facts(card.Facts)
	l.room, l.left = l.room+kept, l.left+keptText
	l.entries(card.Log)
	l.room += tail
	if row != nil {
		l.add(row)
	}
	l.footer(card, actions)
	return nil
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// jsonRunes is the length of the blocks as Slack stores them.
func jsonRunes(blocks []slackgo.Block) int {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(blocks); err != nil {
		return maxCardJSON + 1
	}
	return utf8.RuneCount(buf.Bytes())
}

// logBlocks is what is kept free of facts for the log.
func logBlocks(card compliance.Card) int { return min(len(card.Log), 8) }

// newest is what the newest entries of the log get however much there is to say
// besides.
const newest = 800

// logText is what is kept free of facts for the log, in runes: a third, but where the
// facts need more, what they leave. Where a change stands and what stops it is
// told before who did what long ago.
func (l *layout) logText(card compliance.Card) int {
	most := min(l.left/3, 200*len(card.Log))
	need := l.need(card.Facts) + leastRoom // which facts leave unused
	return max(min(most, l.left-need), min(most, newest))
}

// entries sets the log: newest entries survive when not all fit.
func (l *layout) entries(log []compliance.Fact) {
	var groups []string // newest first, each in its final order
	group, size, used := "", 0, 0
	for i := len(log) - 1; i >= 0; i-- {
		line := "• " + l.line(log[i], 600)
		n := utf8.RuneCountInString(line) + 1
		if size+n > maxText && group != "" {
			groups, group, size = append(groups, group), "", 0
		}
		if len(groups)+1 > l.room || l.left < n {
			break
		}
		group, size, used = line+"\n"+group, size+n, used+1
		l.left -= n
	}
	if group != "" {
		groups = append(groups, group)
	}
	l.cut += len(log) - used
	for i := len(groups) - 1; i >= 0; i-- {
		l.add(slackgo.NewSectionBlock(mrkdwn(strings.TrimRight(groups[i], "\n")), nil, nil))
	}
}

// buttons is the row of actions, nil when there are none.
func buttons(card compliance.Card, most int) (*slackgo.ActionBlock, error) {
	var row []slackgo.BlockElement
	seen := map[string]bool{}
	for i, a := range card.Actions {
		if i == most {
			break // the footer says so
		}
		value, err := binding{Subject: card.Subject, Ref: a.Ref, Action: a.Name, StepUp: a.StepUp}.encode(maxButtonValue)
		if err != nil {
			return nil, err
		}
		id := a.Name // unique within the row, or Slack refuses the message
		for n := 2; seen[id]; n++ {
			id = a.Name + "#" + strconv.Itoa(n)
		}
		seen[id] = true
		if a.Name == "" || utf8.RuneCountInString(id) > maxID {
			return nil, fmt.Errorf("an action needs a name of 1 to %d characters", maxID)
		}
		text := cutPlain(oneLine(a.Label), maxButtonText)
		if text == "" {
			text = cutPlain(a.Name, maxButtonText)
		}
		b := slackgo.NewButtonBlockElement(id, value, plain(text))
		if a.Style == "primary" || a.Style == "danger" {
			b.Style = slackgo.Style(a.Style)
		}
		row = append(row, b)
	}
	if len(row) == 0 {
		return nil, nil
	}
	return slackgo.NewActionBlock("", row...), nil
}

// footer names the people who are asked, what was cut, and where the whole is.
func (l *layout) footer(card compliance.Card, actions int) {
	if m := l.mentions(card.Notify, min(maxText-100, max(l.left, 500))); m != "" {
		l.add(slackgo.NewContextBlock("", mrkdwn("Asked: "+m)))
	}
	var parts []string
	if l.cut > 0 {
		parts = append(parts, fmt.Sprintf("%s fit here %s", compliance.Count(l.cut, "more line does not", "more lines do not"), linkedRemark(card.Link, maxText)))
	}
	if n := len(card.Actions) - actions; n > 0 {
		parts = append(parts, fmt.Sprintf("%s fit here %s", compliance.Count(n, "more action does not", "more actions do not"), linkedRemark(card.Link, maxText)))
	}
	if u := linkTarget(card.Link); u != "" && utf8.RuneCountInString(u) < maxText/2 && len(parts) == 0 {
		text := cutEscaped(oneLine(card.LinkText), maxButtonText, "")
		if text == "" {
			text = "Open the ticket"
		}
		parts = append(parts, "<"+u+"|"+strings.ReplaceAll(text, "|", "/")+">")
	}
	if len(parts) > 0 {
		l.add(slackgo.NewContextBlock("", mrkdwn(cutJoined(parts))))
	}
}

// cutJoined joins as many remarks as fit into one text.
func cutJoined(parts []string) string {
	out := parts[0]
	for _, p := range parts[1:] {
		if utf8.RuneCountInString(out)+utf8.RuneCountInString(p)+3 <= maxText {
			out += " · " + p
		}
	}
	return out
}

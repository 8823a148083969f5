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

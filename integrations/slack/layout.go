package slack

import (
	"fmt"
	"strings"
	"unicode/utf8"

	slackgo "github.com/slack-go/slack"

	"github.com/lowcodex/countersign/compliance"
)

// The limits of Block Kit in characters and counts.
// https://docs.slack.dev/reference/block-kit/blocks and /composition-objects
const (
	maxBlocks      = 50
	maxViewBlocks  = 100
	maxHeader      = 150
	maxText        = 3000 // text of a section, of one element of a context
	maxFields      = 10
	maxField       = 2000
	maxActions     = 25
	maxButtonText  = 75
	maxButtonValue = 2000
	maxID          = 255 // action_id, block_id, callback_id
	maxViewTitle   = 24  // also submit and close
	maxMetadata    = 3000
	maxLabel       = 2000 // label and hint of an input
	maxOptionText  = 75
	maxOptionValue = 150
	maxOptions     = 100
	maxRadio       = 10
	maxInput       = 3000
)

// Slack refuses long lists of blocks as a whole (msg_blocks_too_long) without
// publishing the figure. Measured by others: 9,597 characters of text in 15,561
// of JSON pass, 11,341 in 17,694 do not.
// https://github.com/slackapi/bolt-js/issues/2867
const (
	maxCardText = 9_000  // runes, each block and field counted as overhead more
	maxCardJSON = 14_500 // runes
	overhead    = 60     // of JSON around a text
)

// shortFact is the longest text that is set beside its label; a longer one, or
// one of several lines, gets a block of its own.
const shortFact = 200

// leastRoom is the text that must be left, in runes, for one more fact to be set.
const leastRoom = 2 * (shortFact + overhead)

// layout collects the blocks of a card within a budget of blocks and text.
type layout struct {
	blocks []slackgo.Block
	pairs  []*slackgo.TextBlockObject // fields waiting to be set: label, value, label, value …
	room   int                        // blocks that may still be added
	left   int                        // runes that may still be added, overhead included
	cut    int                        // facts and entries that did not fit
	link   string
	people map[compliance.PersonID]compliance.Person
}

func plain(s string) *slackgo.TextBlockObject {
	return slackgo.NewTextBlockObject(slackgo.PlainTextType, s, false, false)
}

// mrkdwn is verbatim so that Slack turns nothing in user text into links or mentions.
func mrkdwn(s string) *slackgo.TextBlockObject {
	return slackgo.NewTextBlockObject(slackgo.MarkdownType, s, false, true)
}

func (l *layout) add(b slackgo.Block, texts ...*slackgo.TextBlockObject) {
	l.blocks = append(l.blocks, b)
	l.room--
	l.charge(texts...)
}

func (l *layout) charge(texts ...*slackgo.TextBlockObject) {
	for _, t := range texts {
		l.left -= utf8.RuneCountInString(t.Text) + overhead
	}
}

func (l *layout) section(text *slackgo.TextBlockObject) {
	l.add(slackgo.NewSectionBlock(text, nil, nil), text)
}

// flush sets the waiting pairs as one section of two columns.
func (l *layout) flush() {
	if len(l.pairs) == 0 {
		return
	}
	l.add(slackgo.NewSectionBlock(nil, l.pairs, nil)) // its texts were charged one by one
	l.pairs = nil
}

// facts sets the labelled lines, in order. What no longer fits is counted in cut;
// a long text gets what those after it leave.
func (l *layout) facts(facts []compliance.Fact) {
	after := l.need(facts)
	for _, f := range facts {
		f.Text = strings.TrimSpace(clean(f.Text))
		need, own, left := 1, long(f.Text), l.left
		after -= l.cost(f)
		if own {
			left -= after
			need = 2
			if len(l.pairs) > 0 {
				need++ // the waiting pairs are set first
			}
		}
		if l.room < need || left < leastRoom {
			l.cut++
			continue
		}
		if own {
			l.longFact(f, left)
		} else {
			l.pair(f)
		}
	}
	l.flush()
}

// long reports whether a text gets a block of its own.
func long(text string) bool {
	return strings.Contains(text, "\n") || utf8.RuneCountInString(text) > shortFact
}

// need is what facts take of the text together, in runes.
func (l *layout) need(facts []compliance.Fact) int {
	n := 0
	for _, f := range facts {
		f.Text = strings.TrimSpace(clean(f.Text))
		n += l.cost(f)
	}
	return n
}

// cost is what a fact takes of the text, in runes; of a long one, the least.
func (l *layout) cost(f compliance.Fact) int {
	if long(f.Text) {
		return leastRoom
	}
	return utf8.RuneCountInString(label(f.Label).Text) + utf8.RuneCountInString(l.value(f).Text) + 2*overhead
}

func (l *layout) pair(f compliance.Fact) {
	label := label(f.Label)
	value := l.value(f)
	l.pairs = append(l.pairs, label, value)
	l.charge(label, value)
	if len(l.pairs) == maxFields {
		l.flush()
	}
}

// longFact sets the text within left runes, as plain text: what a person wrote then shows as it
// is, and can never pass for a line of the card.
func (l *layout) longFact(f compliance.Fact, left int) {
	l.flush()
	head := label(f.Label)
	if rest := (compliance.Fact{People: f.People, For: f.For, At: f.At}); len(f.People) > 0 || !f.At.IsZero() {
		head = mrkdwn(head.Text + " " + l.value(rest).Text)
	}
	l.section(head)
	l.section(plain(cutPlain(f.Text, min(maxText, max(left-3*overhead, shortFact)))))
}

// value is what stands beside a label: plain text unless people or a time follow.
func (l *layout) value(f compliance.Fact) *slackgo.TextBlockObject {
	text := oneLine(f.Text)
	if len(f.People) == 0 && f.At.IsZero() {
		if text == "" {
			text = "–"
		}
		return plain(cutPlain(text, maxField))
	}
	return mrkdwn(l.line(compliance.Fact{Text: text, People: f.People, For: f.For, At: f.At}, maxField/2))
}

// line is a fact on one line of mrkdwn, of at most limit runes; limit is at
// least 300.
func (l *layout) line(f compliance.Fact, limit int) string {
	var parts []string
	if t := oneLine(f.Label); t != "" {
		parts = append(parts, "*"+cutEscaped(t, 80, "")+"*")
	}
	at := ""
	if !f.At.IsZero() {
		at = when(f.At)
	}
	room := limit - 90 - utf8.RuneCountInString(at)
	if t := oneLine(f.Text); t != "" {
		t = cutEscaped(t, room*2/3, l.link)
		room -= utf8.RuneCountInString(t)
		parts = append(parts, t)
	}
	if p := l.mentions(f.People, room); p != "" {
		parts = append(parts, p)
	}
	if f.For != "" {
		parts = append(parts, "for", l.mentions([]compliance.PersonID{f.For}, maxField/4))
	}
	if at != "" {
		parts = append(parts, at)
	}
	if len(parts) == 0 {
		return "–"
	}
	return strings.Join(parts, " ")
}

// mentions names people one after the other, and how many more there are when
// they do not all fit in limit runes.
func (l *layout) mentions(ids []compliance.PersonID, limit int) string {
	var b strings.Builder
	for i, id := range ids {
		m := mention(id, l.people)
		more := fmt.Sprintf(" and %d more", len(ids)-i)
		if utf8.RuneCountInString(b.String())+utf8.RuneCountInString(m)+2+len(more) > limit {
			b.WriteString(more)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(m)
	}
	return strings.TrimSpace(b.String())
}

func label(s string) *slackgo.TextBlockObject {
	s = oneLine(s)
	if s == "" {
		return mrkdwn("·")
	}
	return mrkdwn("*" + cutEscaped(s, 80, "") + "*")
}

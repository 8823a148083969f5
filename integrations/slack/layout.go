package slack

import (
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

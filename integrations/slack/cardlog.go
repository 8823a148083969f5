package slack

import (
	"strings"
	"unicode/utf8"

	slackgo "github.com/slack-go/slack"

	"github.com/lowcodex/countersign/compliance"
)

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

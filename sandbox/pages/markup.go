package pages

import (
	"fmt"
	"html"
	"html/template"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// markup renders Slack's mrkdwn for one reader.
// https://docs.slack.dev/messaging/formatting-message-text
type markup struct {
	mention func(user string) string // a member's name
	link    func(target string) string
	where   *time.Location
	now     time.Time
}

var (
	reToken  = regexp.MustCompile(`<([^<>\n]{1,1000})>`)
	reBold   = regexp.MustCompile(`(^|[\s(])\*([^*\n]+)\*`)
	reItalic = regexp.MustCompile(`(^|[\s(])_([^_\n]+)_`)
	reStrike = regexp.MustCompile(`(^|[\s(])~([^~\n]+)~`)
	reQuote  = regexp.MustCompile(`(?m)^&gt; ?(.*)$`)
	reCode   = regexp.MustCompile("`([^`\n]+)`")
	reFence  = regexp.MustCompile("(?s)```\n?(.+?)```")
	reEmoji  = regexp.MustCompile(`:([a-z0-9_+-]{1,50}):`)
	reAside  = regexp.MustCompile("\ue000([0-9]+)\ue001")
)

// html renders text. What stands in angle brackets is set aside while the rest
// is escaped and marked up, so that neither can be taken for the other.
func (m markup) html(text string) template.HTML {
	text = strings.Map(func(r rune) rune {
		if r == '\ue000' || r == '\ue001' {
			return -1
		}
		return r
	}, text)
	var aside []string
	keep := func(out string) string {
		aside = append(aside, out)
		return fmt.Sprintf("\ue000%d\ue001", len(aside)-1)
	}
	text = reToken.ReplaceAllStringFunc(text, func(t string) string { return keep(m.token(t[1 : len(t)-1])) })
	text = reEmoji.ReplaceAllStringFunc(text, func(t string) string {
		if out := emoji(strings.Trim(t, ":")); out != "" {
			return keep(out)
		}
		return t
	})
	// What is code is marked up no further.
	text = reFence.ReplaceAllStringFunc(text, func(t string) string {
		return keep(`<code class="block">` + escaped(reFence.FindStringSubmatch(t)[1]) + `</code>`)
	})
	text = reCode.ReplaceAllStringFunc(text, func(t string) string { return keep("<code>" + escaped(strings.Trim(t, "`")) + "</code>") })
	text = escaped(text)
	text = reQuote.ReplaceAllString(text, `<span class="quote">$1</span>`)
	text = reStrike.ReplaceAllString(text, "$1<del>$2</del>")
	text = reBold.ReplaceAllString(text, "$1<strong>$2</strong>")
	text = reItalic.ReplaceAllString(text, "$1<em>$2</em>")
	// Code may hold what was set aside before it; so the last comes first.
	for range 2 {
		text = reAside.ReplaceAllStringFunc(text, func(t string) string {
			i, err := strconv.Atoi(reAside.FindStringSubmatch(t)[1])
			if err != nil || i >= len(aside) {
				return ""
			}
			return aside[i]
		})
	}
	return template.HTML(text) // every part was escaped above or made by token and emoji
}

// escaped is user text for HTML. Slack's own three entities come decoded first.
func escaped(text string) string { return html.EscapeString(plainText(text)) }

func plainText(text string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(text)
}

// token renders what stood between angle brackets.
func (m markup) token(t string) string {
	head, label, labelled := strings.Cut(t, "|")
	switch {
	case strings.HasPrefix(head, "@"):
		return `<span class="mention">@` + html.EscapeString(m.mention(head[1:])) + `</span>`
	case head == "!channel", head == "!here", head == "!everyone":
		// It calls everybody, so it looks like it: a text that was not escaped shows.
		return `<span class="mention loud">@` + head[1:] + `</span>`
	case strings.HasPrefix(head, "#C") && labelled:
		return `<span class="mention">#` + escaped(label) + `</span>`
	case strings.HasPrefix(head, "!subteam^") && labelled, strings.HasPrefix(head, "mailto:") && labelled:
		return `<span class="mention">` + escaped(label) + `</span>`
	case strings.HasPrefix(head, "!date^"):
		return m.date(head, label)
	case strings.HasPrefix(head, "http://"), strings.HasPrefix(head, "https://"):
		target := m.link(plainText(head))
		if _, err := url.Parse(target); err != nil {
			return escaped(t)
		}
		if !labelled {
			label = head
		}
		return `<a href="` + html.EscapeString(target) + `" rel="noreferrer">` + escaped(label) + `</a>`
	default:
		return escaped("<" + t + ">")
	}
}

// date renders <!date^seconds^format^link|fallback> on the reader's clock; a
// format with a word this does not know shows the fallback, as Slack does.
func (m markup) date(head, fallback string) string {
	parts := strings.Split(head, "^")
	if len(parts) < 3 {
		return escaped(fallback)
	}
	seconds, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return escaped(fallback)
	}
	t := time.Unix(seconds, 0).In(m.where)
	text := strings.NewReplacer(
		"{date_short_pretty}", day(t, m.now.In(m.where), "Jan 2, 2006"), "{date_pretty}", day(t, m.now.In(m.where), "January 2, 2006"),
		"{date_short}", t.Format("Jan 2, 2006"), "{date_long}", t.Format("Monday, January 2, 2006"), "{date}", t.Format("January 2, 2006"),
		"{date_num}", t.Format(time.DateOnly), "{time}", t.Format("15:04"), "{time_secs}", t.Format("15:04:05"),
	).Replace(parts[2])
	if strings.ContainsAny(text, "{}") {
		return escaped(fallback)
	}
	return fmt.Sprintf(`<time datetime="%s" title="%s">%s</time>`, t.UTC().Format(time.RFC3339),
		html.EscapeString(t.Format("2006-01-02 15:04:05 MST")), escaped(text))
}

// emoji renders the few names that cards use; others stay as they are written.
func emoji(name string) string {
	for _, e := range []struct{ name, class, says string }{
		{"large_green_circle", "good", "good"}, {"red_circle", "bad", "bad"},
		{"large_yellow_circle", "attention", "needs attention"}, {"white_circle", "neutral", "neutral"},
	} {
		if e.name == name {
			return `<span class="dot ` + e.class + `" role="img" aria-label="` + e.says + `"></span>`
		}
	}
	if name == "warning" {
		return `<span aria-hidden="true">⚠</span>`
	}
	return ""
}

package timeline

import (
	"fmt"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
)

// feed tells what was read from a feed, and what was not believed.
func (t teller) feed(r evidence.Record) (string, []string) {
	f, ok := holding[patch.FeedFacts](r, "feed")
	if !ok {
		if r.Type == patch.EventQuarantined {
			return "A feed holds something that is not believed; it was set aside.", raw(r.Facts)
		}
		return "A feed became stale, or fresh again.", raw(r.Facts)
	}
	name := "The feed “" + f.Feed + "”"
	var details notes
	details.say("release", f.Release)
	t.at(&details, "released", f.Released)
	t.at(&details, "last read", f.LastRead)
	for _, q := range f.Quarantined {
		details.add("%s: %s", q.CVE, with(spoken(q.Reason), q.Detail))
	}
	details.say("seen", f.Detail)
	for _, d := range f.Defects {
		details.plain(d)
	}
	if f.Reason != patch.OK {
		details.add("%s", f.Reason.Text())
	}
	switch {
	case r.Type == patch.EventQuarantined:
		return name + " holds something that is not believed; it was set aside.", details
	case f.Installed != nil:
		for _, p := range f.Installed.Products {
			details.add("product: %s", strings.TrimSpace(p.Vendor+" "+p.Product))
		}
		return fmt.Sprintf("%s is read for %s, %s, from now on.", name, f.Installed.System, f.Installed.Class), details
	case f.Digest != "":
		details.add("content %s", compliance.ShortDigest(f.Digest))
		return name + " has another document in force.", details
	case f.Reason == patch.OK:
		return name + " is fresh.", details
	case f.Reason == patch.FeedStale || f.Reason == patch.FeedUnread:
		return name + " cannot be relied on at the moment.", details
	}
	return name + " could not be read; the last good document stays in use.", details
}

// advised tells what a notice of a feed meant to somebody.
func (t teller) advised(r evidence.Record) (string, []string) {
	f, ok := holding[patch.AdvisedFacts](r, "document")
	if !ok {
		return "A feed said something about a product that is installed.", raw(r.Facts)
	}
	var details notes
	details.add("feed %s", f.Feed)
	details.say("revision", f.Revision)
	details.say("rollout", f.Rollout)
	for _, v := range f.Vulnerabilities {
		text := v.ID
		if v.Exploited != "" {
			text += ", known to be exploited: " + string(v.Exploited)
		}
		if len(v.Fixed) > 0 {
			text += ", fixed in " + strings.Join(v.Fixed, ", ")
		}
		details.plain(text)
		if v.Feed != patch.OK {
			details.plain(v.Feed.Text())
		}
	}
	about := fmt.Sprintf("“%s” concerns %s, %s", f.Document, f.System, f.Class)
	switch f.Kind {
	case patch.OpenRollout:
		return about + ": a rollout was opened.", details
	case patch.InformRollout:
		return about + ": its rollout was informed.", details
	case patch.AfterRollout:
		return about + ", and its rollout is over: people were told.", details
	}
	return about + ", and opens nothing.", append(details, because(f.Reason)...)
}

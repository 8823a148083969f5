package timeline

import (
	"fmt"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/patch"
)

// onTarget names the target that an event is about, and what was seen there.
func (t teller) onTarget(text string, f patch.TargetFacts) (string, []string) {
	details := notes{fmt.Sprintf("in ring %d", f.Ring+1)}
	details.say("serves", compliance.ShortDigest(f.Digest))
	if b := f.Before; b != nil {
		details.add("last verified: %s (%s), %s", b.Version, compliance.ShortDigest(b.Digest), t.when(b.At))
	}
	if b := f.Backup; b != nil {
		proof := "nobody restored it"
		if b.Probe != nil {
			proof = "restored " + t.when(b.Probe.At)
			if b.Probe.Of != b.Digest || b.Probe.Read != b.Digest {
				proof += ", and what was read back differs"
			}
		}
		details.add("backup of %s (%s): %s", t.when(b.Taken), compliance.ShortDigest(b.Digest), proof)
	}
	if g := f.Gate; g != nil && g.Reason != patch.OK {
		details.add("%s", g.Reason.Text())
	}
	if w := f.Waiver; w != nil {
		details.add("waived by %s, asked by %s, until %s", t.people(w.Approver), t.people(w.AskedBy), t.when(w.Expires))
	}
	details.say("outcome:", words(string(f.Outcome)))
	details.plain(f.Detail)
	return f.Target + ": " + lower(text), append(details, because(f.Reason)...)
}

// wayBack says what is taken back, what cannot be, and how it went (P7, P9).
func (t teller) wayBack(f patch.WayBackFacts) []string {
	details := notes{}
	details.say("trigger:", spoken(f.WayBack.Trigger))
	for _, s := range f.WayBack.Steps {
		details.add("%s goes back to %s (%s)", s.Target, s.To.Version, compliance.ShortDigest(s.To.Digest))
	}
	if len(f.WayBack.Overruled) > 0 {
		details.add("taken inside a freeze: %s", strings.Join(f.WayBack.Overruled, ", "))
		if len(f.WayBack.Owners) > 0 {
			details.add("told as its owner: %s", joined(f.WayBack.Owners, func(id compliance.PersonID) string { return t.people(id) }))
		}
	}
	for _, r := range f.Results {
		how := "is verified in its earlier state"
		if !r.Verified {
			how = "did not get back"
		}
		details.add("%s", with(r.Target+" "+how, r.Detail))
	}
	left := f.Paged // holds those without a way back, too
	if len(left) == 0 {
		left = f.WayBack.Stuck
	}
	for _, stuck := range left {
		details.add("%s: %s", stuck.Target, stuck.Reason.Text())
	}
	if f.Bar != nil {
		details.add("barred: %s (%s)", compliance.ShortDigest(f.Bar.Digest), spoken(f.Bar.Reason))
		if l := f.Bar.Lifted; l != nil {
			details.add("lifted: %s by %s", t.when(l.At), t.people(l.By))
		}
	}
	return details
}

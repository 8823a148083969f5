package policy

import "fmt"

// exceptions checks who decides on exceptions from which controls. That nobody
// could decide is found here, and not by whoever needs an exception.
func (c *check) exceptions(k known) *exceptionsEntry {
	e, ok := document[exceptionsEntry](c, kindExceptions)
	if !ok {
		return nil
	}
	refer(c, e, "/channel", e.value.Channel, k.channels)
	for i := range e.value.Terms {
		e.value.Terms[i] = e.value.Terms[i].complete()
	}
	for i, t := range parts(e, "terms", e.value.Terms) {
		c.exceptionTerms(t, k)
		for j, control := range t.value.Controls {
			for n, earlier := range e.value.Terms[:i] {
				if earlier.matches(control) {
					t.report(c, fmt.Sprintf("/controls/%d", j), fmt.Sprintf("%q never comes to this entry: entry %d takes it", control, n+1), "the first entry that matches decides; move this one up, or remove the control")
					break
				}
			}
		}
	}
	return &e.value
}

func (c *check) exceptionTerms(t entry[termsEntry], k known) {
	complete := k.people.groups.known && k.people.persons.known
	for i, g := range t.value.Approvers {
		complete = refer(c, t, fmt.Sprintf("/approvers/%d", i), g, k.people.groups) && complete
	}
	// Whoever owns the exception or asked for it does not decide, and may be one of them.
	if n := approverPool(k.people, t.value.Approvers); complete && n < t.value.Quorum {
		t.report(c, "/quorum", fmt.Sprintf("the quorum needs %d people, the approvers are %d", t.value.Quorum, n), "lower the quorum or add people; a person counts once, however many groups they are in")
	}
	if t.value.RecheckWithin >= t.value.RecheckEvery {
		t.report(c, "/recheck_within", fmt.Sprintf("an answer due within %d days is due after the next question, which comes every %d", t.value.RecheckWithin, t.value.RecheckEvery), "choose fewer days to answer in, or more between the questions")
	}
	for _, days := range t.value.Warn {
		if days >= t.value.MaxDays {
			t.report(c, "/warn", fmt.Sprintf("a warning %d days before the end comes before an exception of %d days begins", days, t.value.MaxDays), "choose warnings shorter than max_days")
		}
	}
}

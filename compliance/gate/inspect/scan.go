package inspect

import (
	"time"
)

// Scan judges what a scanner for personal data found in the test data: any hit
// fails. It reads SARIF 2.1.0 (OASIS, section 3.27: a result whose kind is "pass",
// "notApplicable" or "informational" is no hit; a suppressed one is, because only
// an exception lets something past), and where hits names a place by a path as
// Elements has it, other JSON: everything that stands there is a hit.
func Scan(data []byte, hits string) Verdict {
	doc, err := decode(data)
	if err != nil {
		return unread("The scanner's results cannot be read: %v. Hand over the file that it wrote.", err)
	}
	object, _ := doc.(map[string]any)
	if runs, is := object["runs"].([]any); is && object["version"] == "2.1.0" {
		return sarif(runs)
	}
	if hits == "" {
		return unread("The scanner's results are not SARIF 2.1.0, and the policy names no place of other JSON where hits stand. Have the scanner write SARIF.")
	}
	w := walk{segments: Segments(hits), left: maxValues}
	w.from(doc, 0)
	if len(w.found) > 0 && w.left > 0 {
		return fail("The scanner found personal data: %d hits. Take them out of the test data and scan it again.", len(w.found))
	}
	// The list itself must be there: a file of another form has no hits either.
	list := walk{segments: w.segments[:max(0, len(w.segments)-1)], left: maxValues}
	list.from(doc, 0)
	if w.left <= 0 || list.left <= 0 {
		return unread("The scanner's results are too large to be searched. Scan less at once.")
	}
	if len(list.found) == 0 {
		return unread("Nothing stands where the policy looks for hits (%s). Hand over the scanner's own file, or have the policy's path mended.", hits)
	}
	return pass("The scanner found nothing.")
}

func sarif(runs []any) Verdict {
	hits, made := 0, time.Time{}
	var kinds []string
	for _, one := range runs {
		run, _ := one.(map[string]any)
		results, listed := run["results"].([]any)
		if !listed {
			// Section 3.14.23: without results the run did not look, or ended before it could say.
			return unread("A run of the scanner lists no results, not even an empty list. Scan again to the end.")
		}
		invocations, _ := run["invocations"].([]any)
		for _, i := range invocations {
			invocation, _ := i.(map[string]any)
			if invocation["executionSuccessful"] == false {
				return unread("The scanner says itself that it did not run to its end. Scan again.")
			}
			stamp, _ := invocation["endTimeUtc"].(string)
			if at, err := time.Parse(time.RFC3339, stamp); err == nil && (made.IsZero() || at.Before(made)) {
				made = at.UTC()
			}
		}
		for _, r := range results {
			result, _ := r.(map[string]any)
			switch result["kind"] {
			case "pass", "notApplicable", "informational":
			default:
				hits++
				if rule, _ := result["ruleId"].(string); rule != "" {
					kinds = append(kinds, rule)
				}
			}
		}
	}
	v := pass("The scanner found nothing.")
	switch {
	case len(runs) == 0:
		v = empty("The file holds no run of a scanner. Scan the test data, and hand over what it wrote.")
	case hits > 0:
		of := ""
		if len(kinds) > 0 {
			of = " of " + named(distinct(kinds))
		}
		v = fail("The scanner found personal data: %d hits%s. Take them out of the test data and scan it again.", hits, of)
	}
	v.Made = made
	return v
}

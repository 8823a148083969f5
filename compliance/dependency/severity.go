package dependency

import (
	"strings"

	gocvss20 "github.com/pandatix/go-cvss/20"
	gocvss30 "github.com/pandatix/go-cvss/30"
	gocvss31 "github.com/pandatix/go-cvss/31"
	gocvss40 "github.com/pandatix/go-cvss/40"

	"github.com/lowcodex/countersign/compliance/patch"
)

// SeverityOf gives the worst severity that CVSS vectors and a publisher's own word
// state, and the highest score. Vectors of CVSS 2.0, 3.0, 3.1 and 4.0 are read, and
// what is no vector says nothing; with nothing said it is patch.SeverityUnknown.
// A score of zero counts as low: somebody published it.
func SeverityOf(vectors []string, said string) (patch.Severity, float64) {
	worst, highest := word(said), 0.0
	for _, v := range vectors {
		band, score, ok := scored(v)
		if !ok {
			continue
		}
		highest = max(highest, score)
		if rank(band) > rank(worst) {
			worst = band
		}
	}
	return worst, highest
}

// scored reads one vector. The bands are those of CVSS 3.1 and 4.0, table 14 and
// section 6; for 2.0 those that the NVD publishes, which know nothing above high.
func scored(vector string) (patch.Severity, float64, bool) {
	if len(vector) > maxName {
		return "", 0, false
	}
	var score float64
	switch {
	case strings.HasPrefix(vector, "CVSS:4.0/"):
		v, err := gocvss40.ParseVector(vector)
		if err != nil {
			return "", 0, false
		}
		score = v.Score()
	case strings.HasPrefix(vector, "CVSS:3.1/"):
		v, err := gocvss31.ParseVector(vector)
		if err != nil {
			return "", 0, false
		}
		score = v.BaseScore()
	case strings.HasPrefix(vector, "CVSS:3.0/"):
		v, err := gocvss30.ParseVector(vector)
		if err != nil {
			return "", 0, false
		}
		score = v.BaseScore()
	default:
		v, err := gocvss20.ParseVector(strings.Trim(vector, "()"))
		if err != nil {
			return "", 0, false
		}
		return band(min(v.BaseScore(), 8.9)), v.BaseScore(), true
	}
	return band(score), score, true
}

func band(score float64) patch.Severity {
	switch {
	case score >= 9:
		return patch.Critical
	case score >= 7:
		return patch.High
	case score >= 4:
		return patch.Medium
	}
	return patch.Low
}

// word reads a publisher's own class, as advisories of GitHub and CSAF spell it.
func word(said string) patch.Severity {
	switch strings.ToLower(strings.TrimSpace(said)) {
	case "critical":
		return patch.Critical
	case "high", "important":
		return patch.High
	case "medium", "moderate":
		return patch.Medium
	case "low", "none":
		return patch.Low
	}
	return patch.SeverityUnknown
}

// rank orders what is stated; what is unknown comes before everything.
func rank(s patch.Severity) int {
	switch s {
	case patch.Low:
		return 1
	case patch.Medium:
		return 2
	case patch.High:
		return 3
	case patch.Critical:
		return 4
	}
	return 0
}

package change

import (
	"fmt"
	"strconv"
	"strings"
)

// maxQuorum bounds a quorum given as a number; more approvers than this is a typing error.
const maxQuorum = 1000

// Quorum is how many approvals a level needs: a number of people, or a share
// of the eligible ones. Exactly one of the two is set.
type Quorum struct {
	Count   int // 1 to 1000
	Percent int // 1 to 100
}

// ParseQuorum reads "2" or "60%". It returns an error, with the accepted forms,
// for anything else, zero included: a level nobody must approve is no level.
func ParseQuorum(s string) (Quorum, error) {
	text, percent := strings.CutSuffix(s, "%")
	n, err := strconv.Atoi(text)
	if err != nil || strconv.Itoa(n) != text {
		return Quorum{}, fmt.Errorf(`quorum %q: write a number of people such as "2" or a share such as "60%%"`, s)
	}
	if percent {
		if n < 1 || n > 100 {
			return Quorum{}, fmt.Errorf("quorum %q: a share is 1%% to 100%%", s)
		}
		return Quorum{Percent: n}, nil
	}
	if n < 1 || n > maxQuorum {
		return Quorum{}, fmt.Errorf("quorum %q: a number of people is 1 to %d", s, maxQuorum)
	}
	return Quorum{Count: n}, nil
}

// Of is the number of approvals needed when this many people are eligible. A
// share rounds up, and the result is never below 1 (C7).
func (q Quorum) Of(eligible int) int {
	if q.Percent > 0 {
		return max(1, (max(0, eligible)*q.Percent+99)/100)
	}
	return max(1, q.Count)
}

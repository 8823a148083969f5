package change_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance/change"
)

func TestC7_QuorumRoundsUp(t *testing.T) {
	for _, c := range []struct {
		quorum         string
		eligible, want int
	}{
		{"1", 5, 1},
		{"3", 2, 3},
		{"2", 0, 2},
		{"50%", 4, 2},
		{"50%", 5, 3},
		{"1%", 5, 1},
		{"60%", 5, 3},
		{"61%", 5, 4},
		{"100%", 7, 7},
		{"67%", 3, 3},
		{"66%", 3, 2},
		{"50%", 0, 1}, // nobody is never enough
	} {
		q, err := change.ParseQuorum(c.quorum)
		require.NoError(t, err)
		require.Equal(t, c.want, q.Of(c.eligible), "%s of %d", c.quorum, c.eligible)
	}
}

func TestParseQuorumRefuses(t *testing.T) {
	for _, s := range []string{
		"", "0", "-1", "+2", "02", "1.5", "two", "%", "0%", "101%", "-5%", "50 %", " 2", "2 ", "50%%", "%50", "1001", "99999999999999999999",
	} {
		q, err := change.ParseQuorum(s)
		require.Error(t, err, "%q", s)
		require.Zero(t, q)
	}
}

func TestC7_QuorumProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 500).Draw(t, "eligible")
		p := rapid.IntRange(1, 100).Draw(t, "percent")
		q, err := change.ParseQuorum(fmt.Sprintf("%d%%", p))
		require.NoError(t, err)
		got := q.Of(n)
		require.GreaterOrEqual(t, got, 1)
		require.GreaterOrEqual(t, got*100, n*p, "a share never rounds down")
		if n > 0 {
			require.LessOrEqual(t, got, n, "a share can always be reached by somebody")
			require.Less(t, (got-1)*100, max(n*p, 1), "and rounds up by less than one person")
		}
		require.GreaterOrEqual(t, q.Of(n+1), got, "more people never need fewer approvals")
	})
}

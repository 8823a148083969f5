package change_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance/change"
)

const fullHash = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func drawBinding(t *rapid.T) change.Binding {
	b := change.Binding{
		Number:  rapid.StringMatching(`[A-Z]{2,8}-[1-9][0-9]{0,14}`).Draw(t, "number"),
		Version: rapid.IntRange(1, 999_999).Draw(t, "version"),
		Level:   rapid.IntRange(0, 999_999).Draw(t, "level"),
		Nonce:   rapid.StringMatching(`[A-Za-z0-9_-]{1,64}`).Draw(t, "nonce"),
		Hash:    rapid.StringMatching(`[0-9a-f]{12}`).Draw(t, "hash"),
	}
	if b.Level == 0 && rapid.Bool().Draw(t, "bare") {
		b.Nonce = ""
	}
	return b
}

func TestC11_BindingComesBackAsItWent(t *testing.T) {
	require.Equal(t, "CHG-7.1.2.k3-x_9.0123456789ab", change.NewBinding("CHG-7", 1, 2, "k3-x_9", fullHash).String())
	rapid.Check(t, func(t *rapid.T) {
		b := drawBinding(t)
		require.LessOrEqual(t, len(b.String()), 500, "must fit into Action.Ref")
		back, err := change.ParseBinding(b.String())
		require.NoError(t, err)
		require.Equal(t, b, back)
		require.True(t, back.Matches(b.Number, b.Version, b.Level, b.Nonce, b.Hash+strings.Repeat("0", 52)))
	})
}

func TestC11_BindingMatchesOnlyWhatWasSeen(t *testing.T) {
	b := change.NewBinding("CHG-7", 3, 2, "n1", fullHash)
	other := strings.Replace(fullHash, "0", "1", 1)
	require.True(t, b.Matches("CHG-7", 3, 2, "n1", fullHash))
	require.False(t, b.Matches("CHG-8", 3, 2, "n1", fullHash))
	require.False(t, b.Matches("CHG-7", 4, 2, "n1", fullHash))
	require.False(t, b.Matches("CHG-7", 3, 1, "n1", fullHash))
	require.False(t, b.Matches("CHG-7", 3, 2, "n2", fullHash))
	require.False(t, b.Matches("CHG-7", 3, 2, "n1", other))
	require.False(t, change.NewBinding("CHG-7", 3, 2, "n1", "").Matches("CHG-7", 3, 2, "n1", ""), "no hash proves nothing")
	require.False(t, change.NewBinding("CHG-7", 3, 2, "n1", "0123").Matches("CHG-7", 3, 2, "n1", "0123"))
}

func TestParseBindingRefuses(t *testing.T) {
	for name, s := range map[string]string{
		"empty":             "",
		"too few parts":     "CHG-7.1.2.n",
		"too many parts":    "CHG-7.1.2.n.0123456789ab.x",
		"no series":         "7.1.2.n.0123456789ab",
		"number from zero":  "CHG-0.1.2.n.0123456789ab",
		"version zero":      "CHG-7.0.2.n.0123456789ab",
		"leading zero":      "CHG-7.01.2.n.0123456789ab",
		"plus sign":         "CHG-7.+1.2.n.0123456789ab",
		"negative level":    "CHG-7.1.-2.n.0123456789ab",
		"huge level":        "CHG-7.1.99999999999999999999.n.0123456789ab",
		"no nonce":          "CHG-7.1.2..0123456789ab",
		"nonce with blank":  "CHG-7.1.2.a b.0123456789ab",
		"short hash":        "CHG-7.1.2.n.0123456789a",
		"long hash":         "CHG-7.1.2.n.0123456789abc",
		"upper-case hash":   "CHG-7.1.2.n.0123456789AB",
		"trailing newline":  "CHG-7.1.2.n.0123456789ab\n",
		"lower-case series": "chg-7.1.2.n.0123456789ab",
		"very long":         strings.Repeat("A", 100_000),
	} {
		t.Run(name, func(t *testing.T) {
			b, err := change.ParseBinding(s)
			require.Error(t, err)
			require.Zero(t, b)
			require.Less(t, len(err.Error()), 400)
		})
	}
}

func FuzzParseBinding(f *testing.F) {
	f.Add("CHG-7.1.2.k3x9.0123456789ab")
	f.Add("CHG-7.1.0..0123456789ab")
	f.Add("....")
	f.Fuzz(func(t *testing.T, s string) {
		b, err := change.ParseBinding(s)
		if err != nil {
			require.Zero(t, b)
			return
		}
		require.Equal(t, s, b.String(), "one binding, one text")
		require.Positive(t, b.Version)
		require.True(t, b.Matches(b.Number, b.Version, b.Level, b.Nonce, b.Hash))
	})
}

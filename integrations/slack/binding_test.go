package slack

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzBinding: what a button's value is read as, it is written as again, so no
// two values mean the same act in different words.
func FuzzBinding(f *testing.F) {
	for _, s := range []string{
		`{"s":"change/example/10042","r":"CHG-7.1.1.k3j2.3f2a9c01b7de","a":"approve"}`,
		`{"s":"change/example/10042","a":"deny","c":"C01CHANGES","t":"1795339800.000100"}`,
		`{}`, `null`, `[]`, `{"s":1}`, `{"s":"a","a":"b"}{"s":"c","a":"d"}`, `{"s":"a","a":"b","x":1}`, "button's value", "",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		b, err := decodeBinding(value)
		if err != nil {
			return
		}
		require.NotEmpty(t, b.Subject)
		require.NotEmpty(t, b.Action)
		again, err := b.encode(1 << 20)
		require.NoError(t, err)
		back, err := decodeBinding(again)
		require.NoError(t, err)
		require.Equal(t, b, back)
	})
}

func TestBindingRefusesWhatIsNotOurs(t *testing.T) {
	for _, value := range []string{"", "x", "{}", `{"s":"a"}`, `{"a":"b"}`, `{"s":"a","a":"b","z":1}`, `{"s":"a","a":"b"} {}`} {
		_, err := decodeBinding(value)
		require.Error(t, err, value)
	}
	_, err := binding{Subject: "s", Action: "a", Ref: strings.Repeat("é", 1990)}.encode(2000)
	require.ErrorContains(t, err, "Slack allows 2000")
}

func TestCutNeverSplitsAnEntityAndSaysSo(t *testing.T) {
	for limit := 10; limit < 200; limit++ {
		for _, s := range []string{strings.Repeat("&", 100), strings.Repeat("a<b>", 60), strings.Repeat("🚦", 300)} {
			out := cutEscaped(s, limit, "https://x.example/1")
			require.LessOrEqual(t, len([]rune(out)), limit)
			if out != escape(s) {
				require.Contains(t, out, "…")
			}
			rest := strings.NewReplacer("&amp;", "", "&lt;", "", "&gt;", "").Replace(out)
			require.NotContains(t, rest, "&")
			plainOut := cutPlain(s, limit)
			require.LessOrEqual(t, len([]rune(plainOut)), limit)
			require.True(t, plainOut == s || strings.Contains(plainOut, "…"))
		}
	}
}

// What somebody wrote is seen in the order in which it is.
func TestC18_TextThatReordersItselfIsShownAsUnreadable(t *testing.T) {
	require.Equal(t, "denied (\uFFFDby Alice) by", oneLine("denied (\u202eby Alice) by"))
	require.Equal(t, "a\uFFFDb\uFFFD", clean("a\u2067b\u2069"))
	require.Equal(t, "\u05e9\u200f!", clean("\u05e9\u200f!"))
}

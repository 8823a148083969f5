package door

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
)

func press() compliance.Inbound {
	return compliance.Inbound{
		Delivery: "surface/U1/1700.1/1700.2", Surface: "surface", Actor: compliance.Account{Provider: "surface", ID: "U1"},
		Subject: "recipe/example/1", Action: "approve", Message: "C1/1700.1",
		Received: time.Date(2026, 11, 25, 21, 0, 0, 0, time.FixedZone("CET", 3600)),
	}
}

// Fields of a refusal: as they came where they can be kept, cut and marked where not.
func TestE15_RefusalIsCutToWhatMayBeKept(t *testing.T) {
	long := strings.Repeat("é", 40_000)
	for name, c := range map[string]struct {
		damage  func(*compliance.Inbound)
		about   string
		altered []string
		see     func(*testing.T, Refusal)
	}{
		"as it came": {func(*compliance.Inbound) {}, "", nil, func(t *testing.T, r Refusal) {
			require.Equal(t, Facts{
				Action: "approve", Asked: "recipe/example/1", Delivery: "surface/U1/1700.1/1700.2", Surface: "surface", Message: "C1/1700.1",
				Reason: "unknown-subject", Received: time.Date(2026, 11, 25, 20, 0, 0, 0, time.UTC), Bytes: 72,
			}, r.Facts)
			require.Equal(t, Subject, r.Subject, "it belongs to nothing")
			require.True(t, r.Whole())
		}},
		"about something that can exist": {func(*compliance.Inbound) {}, "change/example/1", nil, func(t *testing.T, r Refusal) {
			require.Equal(t, "change/example/1", r.Subject)
		}},
		"long texts": {func(in *compliance.Inbound) { in.Action, in.Subject, in.Message = long, long, long }, "",
			[]string{"action: cut", "asked: cut", "message: cut"}, func(t *testing.T, r Refusal) {
				require.Equal(t, strings.Repeat("é", maxWord/2), r.Facts.Action)
				require.Equal(t, strings.Repeat("é", maxText/2), r.Facts.Asked, "never inside a letter")
			}},
		"not UTF-8": {func(in *compliance.Inbound) { in.Action, in.Delivery = "a\xff\xfeb", "\xff" }, "", []string{"action: not text", "delivery: not text"},
			func(t *testing.T, r Refusal) { require.Equal(t, "a\uFFFDb", r.Facts.Action) }},
		"control characters": {func(in *compliance.Inbound) { in.Subject = "change/a\n\x00b" }, "", []string{"asked: not text"},
			func(t *testing.T, r Refusal) { require.Equal(t, "change/a\uFFFD\uFFFDb", r.Facts.Asked) }},
		"an account that is none": {func(in *compliance.Inbound) { in.Actor.ID = long }, "", []string{"account: cut"},
			func(t *testing.T, r Refusal) { require.False(t, r.Whole(), "it could be somebody's now") }},
		"a provider that is none": {func(in *compliance.Inbound) { in.Actor.Provider = "sl\xffack" }, "", []string{"provider: not text"},
			func(t *testing.T, r Refusal) { require.False(t, r.Whole()) }},
		"what a person wrote": {func(in *compliance.Inbound) {
			in.Answers = []compliance.Answer{{Name: "reason", Value: "Bruno is on holiday", Shown: "Why?"}}
			in.Ref = "secret-of-the-card"
		}, "", nil, func(t *testing.T, r Refusal) {
			require.Equal(t, 1, r.Facts.Answers)
			whole, err := json.Marshal(r)
			require.NoError(t, err)
			require.NotContains(t, string(whole), "holiday")
			require.NotContains(t, string(whole), "secret")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			in := press()
			c.damage(&in)
			r := New(in, c.about, "unknown-subject")
			require.Equal(t, c.altered, r.Facts.Altered)
			require.Equal(t, in.Size(), r.Facts.Bytes)
			c.see(t, r)
		})
	}
}

// The key is the delivery's, whatever else differs; an act without one is known
// by what it says, and not by when it came.
func TestE15_RefusalKeyIsTheDeliverys(t *testing.T) {
	first, again := press(), press()
	again.Action, again.Received = "deny", again.Received.Add(time.Hour)
	require.Equal(t, New(first, "", "x").Key, New(again, "", "y").Key)
	again.Delivery += "x"
	require.NotEqual(t, New(first, "", "x").Key, New(again, "", "x").Key)

	first.Delivery, again = "", first
	again.Delivery = ""
	again.Received = again.Received.Add(time.Hour)
	require.Equal(t, New(first, "", "x").Key, New(again, "", "x").Key)
	again.Action = "deny"
	require.NotEqual(t, New(first, "", "x").Key, New(again, "", "x").Key)
	require.Regexp(t, `^door/[0-9a-f]{64}$`, New(again, "", "x").Key)
}

// Whatever is sent, what is kept is short, is text, and survives JSON.
func FuzzNewRefusal(f *testing.F) {
	f.Add("d", "slack", "slack", "U1", "change/a/1", "approve", "C/1")
	f.Add("", "\xff", strings.Repeat("é", 300), "\x00", strings.Repeat("x", 70_000), "a\nb", "\u2028")
	f.Fuzz(func(t *testing.T, delivery, surface, provider, id, subject, action, message string) {
		r := New(compliance.Inbound{
			Delivery: delivery, Surface: surface, Actor: compliance.Account{Provider: provider, ID: id},
			Subject: subject, Action: action, Message: message,
		}, "", "malformed")
		b, err := json.Marshal(r)
		require.NoError(t, err)
		var back Refusal
		require.NoError(t, json.Unmarshal(b, &back))
		require.Equal(t, r, back)
		for _, s := range []string{r.Actor.Provider, r.Actor.ID, r.Facts.Action, r.Facts.Asked, r.Facts.Delivery, r.Facts.Surface, r.Facts.Message} {
			require.LessOrEqual(t, len(s), maxText)
			require.True(t, utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl), "%q", s)
		}
		require.LessOrEqual(t, len(r.Facts.Altered), 14)
	})
}

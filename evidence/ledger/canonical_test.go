package ledger

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestE1_ExactNumbers(t *testing.T) {
	for n, want := range map[string]bool{
		"0": true, "-0": true, "0.0e9": true, "1.5": true, "1.50": true, "0.1": true, "1e3": true, "9007199254740991": true,
		"9007199254740992": true, "9007199254740993": false, "0.10000000000000000001": false, "1e400": false, "1e-400": false,
		"1e-999999999": false, "0e-999999999": true, "1e22": true, "12345678901234567890123456789012345678901": false,
	} {
		require.Equal(t, want, isExact(n), n)
	}
}

// FuzzNormalFacts: facts that are admitted keep their meaning, and are a fixed point.
func FuzzNormalFacts(f *testing.F) {
	for _, s := range []string{`{}`, `{"b":1.50,"a":[true,null,"\u00fc\ud83d\ude00"]}`, `{"a":1,"a":2}`, `{"a":1e-999999999}`, `[]`, `null`, `{"a":"\ud800"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		once, err := normalFacts(raw)
		if err != nil || once == nil {
			return
		}
		twice, err := normalFacts(once)
		require.NoError(t, err)
		require.Equal(t, string(once), string(twice))
		var a, b any
		require.NoError(t, json.Unmarshal(raw, &a))
		require.NoError(t, json.Unmarshal(once, &b))
		require.Equal(t, a, b)
	})
}

func FuzzSplitNumber(f *testing.F) {
	f.Add("CHG-7")
	f.Add("CHG-007")
	f.Add("-1")
	f.Fuzz(func(t *testing.T, s string) {
		if series, n, ok := SplitNumber(s); ok {
			require.Equal(t, s, JoinNumber(series, n))
			require.True(t, isSeries(series))
			require.NotZero(t, n)
		}
	})
}

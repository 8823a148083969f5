package connect_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/connect"
)

// header is what the SDK hands a propagator.
type header map[string]*commonpb.Payload

func (h header) Set(k string, p *commonpb.Payload) { h[k] = p }

func (h header) Get(k string) (*commonpb.Payload, bool) { p, ok := h[k]; return p, ok }

func (h header) ForEachKey(f func(string, *commonpb.Payload) error) error {
	for k, p := range h {
		if err := f(k, p); err != nil {
			return err
		}
	}
	return nil
}

// An id either arrives as it was sent or was never taken; nothing else is carried.
func TestCorrelation_Carries(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.OneOf(rapid.String(), rapid.StringMatching(`[!-~]{0,80}`)).Draw(t, "id")
		ctx := connect.WithCorrelation(t.Context(), id)
		taken := connect.CorrelationFrom(ctx)
		printable := utf8.ValidString(id) && !strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' })
		if id != "" && len(id) <= 64 && printable {
			require.Equal(t, id, taken)
		} else {
			require.Empty(t, taken)
		}
		h := header{}
		require.NoError(t, connect.Correlation().Inject(ctx, h))
		arrived, err := connect.Correlation().Extract(t.Context(), h)
		require.NoError(t, err)
		require.Equal(t, taken, connect.CorrelationFrom(arrived))
		require.Equal(t, taken != "", len(h) == 1, "no id costs no header")
	})
}

// What others wrote into the header is no reason to fail.
func TestCorrelation_IgnoresWhatIsNotAnID(t *testing.T) {
	for name, p := range map[string]*commonpb.Payload{
		"nil": nil, "empty": {}, "spaces": {Data: []byte("two words")},
		"long": {Data: bytes.Repeat([]byte("x"), 65)}, "line end": {Data: []byte("a\nlevel=ERROR")},
	} {
		ctx, err := connect.Correlation().Extract(t.Context(), header{"cid": p})
		require.NoError(t, err, name)
		require.Empty(t, connect.CorrelationFrom(ctx), name)
	}
}

func TestCorrelationHandler(t *testing.T) {
	var out bytes.Buffer
	l := slog.New(connect.CorrelationHandler(slog.NewTextHandler(&out, nil))).With("a", 1)
	l.InfoContext(connect.WithCorrelation(context.Background(), "delivery-1"), "with")
	l.Info("without")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 2)
	require.Contains(t, lines[0], "correlation=delivery-1")
	require.NotContains(t, lines[1], "correlation")
}

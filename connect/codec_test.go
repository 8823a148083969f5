package connect_test

import (
	"errors"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/connect"
)

func payloads(t *rapid.T) []*commonpb.Payload {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) *commonpb.Payload {
		return &commonpb.Payload{
			Metadata: rapid.MapOfN(rapid.StringMatching(`[a-z]{1,8}`), rapid.SliceOf(rapid.Byte()), 0, 3).Draw(t, "metadata"),
			Data:     rapid.SliceOf(rapid.Byte()).Draw(t, "data"),
		}
	}), 0, 4).Draw(t, "payloads")
}

func requireSame(t require.TestingT, want, got []*commonpb.Payload) {
	require.Len(t, got, len(want))
	for i := range want {
		require.True(t, proto.Equal(want[i], got[i]), "payload %d", i)
	}
}

func TestCodec_RoundTrip(t *testing.T) {
	keys := ring(t, "a")
	rapid.Check(t, func(t *rapid.T) {
		plain := payloads(t)
		before := make([]*commonpb.Payload, len(plain))
		for i, p := range plain {
			before[i] = proto.CloneOf(p)
		}
		for _, mode := range []connect.Mode{connect.Client, connect.Worker} {
			c := connect.NewCodec(keys, mode)
			sealed, err := c.Encode(plain)
			require.NoError(t, err)
			requireSame(t, before, plain) // the input is the SDK's
			opened, err := c.Decode(sealed)
			require.NoError(t, err)
			requireSame(t, plain, opened)
			for i, p := range sealed {
				require.Equal(t, "binary/encrypted", string(p.Metadata["encoding"]))
				require.Equal(t, "a", string(p.Metadata["encryption-key-id"]))
				require.Len(t, p.Metadata, 2, "the original metadata is inside")
				if len(plain[i].Data) >= 8 {
					require.NotContains(t, string(p.Data), string(plain[i].Data))
				}
			}
		}
	})
}

// A ring in the middle of a rotation reads what either neighbour wrote.
func TestCodec_Rotation(t *testing.T) {
	rings := []*connect.KeyRing{ring(t, "old"), ring(t, "old", "new"), ring(t, "new", "old"), ring(t, "new")}
	plain := []*commonpb.Payload{{Data: []byte("decision")}}
	for i, writer := range rings {
		sealed, err := connect.NewCodec(writer, connect.Client).Encode(plain)
		require.NoError(t, err)
		require.Equal(t, writer.IDs()[0], string(sealed[0].Metadata["encryption-key-id"]))
		for j := max(0, i-1); j <= min(i+1, len(rings)-1); j++ {
			opened, err := connect.NewCodec(rings[j], connect.Client).Decode(sealed)
			require.NoError(t, err, "written at step %d, read at step %d", i, j)
			requireSame(t, plain, opened)
		}
	}
	sealed, err := connect.NewCodec(rings[0], connect.Client).Encode(plain)
	require.NoError(t, err)
	_, err = connect.NewCodec(rings[3], connect.Client).Decode(sealed)
	require.ErrorIs(t, err, connect.ErrUndecipherable)
	require.ErrorContains(t, err, `key "old" is not among keys[new]; add it to COUNTERSIGN_ENCRYPTION_KEYS`)
}

func TestCodec_FailsByMode(t *testing.T) {
	sealed, err := connect.NewCodec(ring(t, "a"), connect.Client).Encode([]*commonpb.Payload{{Data: []byte("x")}})
	require.NoError(t, err)
	sameID, err := connect.ParseKeyRing("a:" + key('b'))
	require.NoError(t, err)
	for name, keys := range map[string]*connect.KeyRing{
		"no ring": nil, "empty ring": {}, "other key": ring(t, "b"), "other key under the same id": sameID,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := connect.NewCodec(keys, connect.Client).Decode(sealed)
			require.ErrorIs(t, err, connect.ErrUndecipherable)
			defer func() {
				err, ok := recover().(error)
				require.True(t, ok, "a worker's codec panics")
				require.ErrorIs(t, err, connect.ErrUndecipherable)
			}()
			_, _ = connect.NewCodec(keys, connect.Worker).Decode(sealed)
		})
	}
}

// No change to a single bit of what is stored goes unnoticed.
func TestCodec_Tampering(t *testing.T) {
	keys := ring(t, "a", "b")
	c := connect.NewCodec(keys, connect.Client)
	sealed, err := c.Encode([]*commonpb.Payload{{Metadata: map[string][]byte{"encoding": []byte("json/plain")}, Data: []byte(`"deny"`)}})
	require.NoError(t, err)
	whole := sealed[0]
	for i := range len(whole.Data) * 8 {
		altered := proto.CloneOf(whole)
		altered.Data[i/8] ^= 1 << (i % 8)
		_, err := c.Decode([]*commonpb.Payload{altered})
		require.ErrorIs(t, err, connect.ErrUndecipherable, "bit %d", i)
	}
	for i := range whole.Data {
		_, err := c.Decode([]*commonpb.Payload{{Metadata: whole.Metadata, Data: whole.Data[:i]}})
		require.ErrorIs(t, err, connect.ErrUndecipherable, "cut to %d bytes", i)
	}
	// Nor does a change of the key's id, even to one that has the same key.
	twins, err := connect.ParseKeyRing("a:" + key('a') + ",twin:" + key('a'))
	require.NoError(t, err)
	for id, keys := range map[string]*connect.KeyRing{"b": keys, "twin": twins} {
		relabelled := proto.CloneOf(whole)
		relabelled.Metadata["encryption-key-id"] = []byte(id)
		_, err = connect.NewCodec(keys, connect.Client).Decode([]*commonpb.Payload{relabelled})
		require.ErrorIs(t, err, connect.ErrUndecipherable, id)
	}
}

// Nonces never repeat: equal payloads become different ones, every time.
func TestCodec_NoncesDiffer(t *testing.T) {
	const n, nonce = 20_000, 12
	c := connect.NewCodec(ring(t, "a"), connect.Client)
	same := make([]*commonpb.Payload, n)
	for i := range same {
		same[i] = &commonpb.Payload{Data: []byte("approve")}
	}
	sealed, err := c.Encode(same)
	require.NoError(t, err)
	seen := make(map[string]bool, n)
	for _, p := range sealed {
		seen[string(p.Data[:nonce])] = true
	}
	require.Len(t, seen, n)
}

// What was stored before there was a key stays readable, and without a key
// nothing changes.
func TestCodec_PassesPlainPayloads(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		plain := payloads(r)
		opened, err := connect.NewCodec(ring(t, "a"), connect.Worker).Decode(plain)
		require.NoError(r, err)
		requireSame(r, plain, opened)
		sealed, err := connect.NewCodec(nil, connect.Worker).Encode(plain)
		require.NoError(r, err)
		requireSame(r, plain, sealed)
	})
}

func TestDataConverter_CarriesValues(t *testing.T) {
	type decision struct{ By, Text string }
	dc := connect.NewDataConverter(ring(t, "a"), connect.Worker)
	stored, err := dc.ToPayloads(decision{"p-1", "approve"}, 7)
	require.NoError(t, err)
	for _, p := range stored.Payloads {
		require.NotContains(t, string(p.Data), "approve")
	}
	var got decision
	var n int
	require.NoError(t, dc.FromPayloads(stored, &got, &n))
	require.Equal(t, decision{"p-1", "approve"}, got)
	require.Equal(t, 7, n)
	var raw converter.RawValue
	require.NoError(t, dc.FromPayload(stored.Payloads[0], &raw))
	require.Contains(t, string(raw.Payload().GetData()), "approve", "a raw value is decrypted too")
}

func TestFailureConverter_HidesWhatFailuresQuote(t *testing.T) {
	cause := temporal.NewApplicationError("issue OPS-12 of Mr Smith is locked", "blocked", "details about OPS-12")
	for name, test := range map[string]struct {
		keys   *connect.KeyRing
		hidden bool
	}{"with a key": {ring(t, "a"), true}, "without": {nil, false}} {
		t.Run(name, func(t *testing.T) {
			fc := connect.NewFailureConverter(test.keys, connect.Worker)
			stored := fc.ErrorToFailure(cause)
			text, err := proto.Marshal(stored)
			require.NoError(t, err)
			if test.hidden {
				require.NotContains(t, string(text), "OPS-12")
			} else {
				require.Contains(t, string(text), "OPS-12")
			}
			var back *temporal.ApplicationError
			require.True(t, errors.As(fc.FailureToError(stored), &back))
			require.Equal(t, "blocked", back.Type())
			require.Contains(t, back.Error(), "issue OPS-12 of Mr Smith is locked")
			var details string
			require.NoError(t, back.Details(&details))
			require.Equal(t, "details about OPS-12", details)
		})
	}
}

// Decoding takes bytes from a server that others can write to.
func FuzzCodecDecode(f *testing.F) {
	keys := ring(f, "a")
	c := connect.NewCodec(keys, connect.Client)
	sealed, err := c.Encode([]*commonpb.Payload{{Data: []byte("x")}})
	require.NoError(f, err)
	f.Add("binary/encrypted", "a", sealed[0].Data)
	f.Add("binary/encrypted", "b", sealed[0].Data)
	f.Add("binary/encrypted", "a", []byte{})
	f.Add("json/plain", "", []byte(`"x"`))
	f.Fuzz(func(t *testing.T, encoding, id string, data []byte) {
		p := &commonpb.Payload{Metadata: map[string][]byte{"encoding": []byte(encoding), "encryption-key-id": []byte(id)}, Data: data}
		metadata := maps.Clone(p.Metadata)
		opened, err := c.Decode([]*commonpb.Payload{p})
		require.Equal(t, metadata, p.Metadata)
		switch {
		case encoding != "binary/encrypted":
			require.NoError(t, err)
			require.Same(t, p, opened[0])
		case err != nil:
			require.ErrorIs(t, err, connect.ErrUndecipherable)
		default:
			require.Equal(t, "a", id)
		}
	})
}

package connect_test

import (
	"testing"

	commonpb "go.temporal.io/api/common/v1"

	"github.com/lowcodex/countersign/connect"
)

// What encrypting and decrypting one payload of a change costs.
func BenchmarkCodec(b *testing.B) {
	c := connect.NewCodec(ring(b, "a"), connect.Worker)
	plain := []*commonpb.Payload{{Metadata: map[string][]byte{"encoding": []byte("json/plain")}, Data: make([]byte, 600)}}
	for b.Loop() {
		sealed, err := c.Encode(plain)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := c.Decode(sealed); err != nil {
			b.Fatal(err)
		}
	}
}

package evidence_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/evidence/evidencetest"
)

// BenchmarkAppend prints the log beside the library alone (E14). Its own
// ns/op is that of the whole comparison and says nothing.
func BenchmarkAppend(b *testing.B) {
	for b.Loop() {
		r, err := evidencetest.Bench(context.Background(), evidencetest.BenchOptions{})
		require.NoError(b, err)
		b.Logf("\n%s", r)
		b.ReportMetric(r.Log.PerSecond, "appends/s")
		b.ReportMetric(r.Library.PerSecond, "library/s")
		b.ReportMetric(r.Ratio, "ratio")
		b.ReportMetric(float64(r.LogAlone.Median.Microseconds()), "µs/single")
	}
}

package activities_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance/checkup"
)

type partly func(ctx context.Context) []checkup.Check

func (f partly) Checkup(ctx context.Context) []checkup.Check { return f(ctx) }

func TestACheckupAsksPartsAtTheSameTimeAndReportsThemByName(t *testing.T) {
	met := make(chan struct{})
	says := func(part checkup.Part, meet func()) partly {
		return func(ctx context.Context) []checkup.Check {
			meet()
			deadline, ok := ctx.Deadline()
			require.True(t, ok, "a part that hangs must not hide the others")
			require.LessOrEqual(t, time.Until(deadline), 20*time.Second)
			return []checkup.Check{part.OK("token", "fine")}
		}
	}
	c := &activities.Checkups{Of: map[string]activities.SelfCheck{
		"b": says("b", func() { met <- struct{}{} }), "a": says("a", func() { <-met }), // each waits for the other
	}}
	report, err := c.RunCheckup(t.Context(), activities.RunCheckupInput{})
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b"}, []string{report.Checks[0].Part, report.Checks[1].Part})
}

func TestACheckupAsksOnlyWhatItIsAskedFor(t *testing.T) {
	c := &activities.Checkups{Of: map[string]activities.SelfCheck{
		"a": partly(func(context.Context) []checkup.Check { return []checkup.Check{checkup.Part("a").OK("token", "fine")} }),
		"b": partly(func(context.Context) []checkup.Check { t.Error("nobody asked for b"); return nil }),
	}}
	report, err := c.RunCheckup(t.Context(), activities.RunCheckupInput{Parts: []string{"a", "elsewhere"}})
	require.NoError(t, err)
	require.Len(t, report.Checks, 1)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = c.RunCheckup(gone, activities.RunCheckupInput{Parts: []string{"a"}})
	require.ErrorIs(t, err, context.Canceled)
}

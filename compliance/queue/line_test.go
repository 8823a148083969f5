package queue_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance/queue"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func after(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }

// join is the n-th change, which was approved some minutes before noon.
func join(n, approved int) queue.Word {
	return queue.Word{
		Kind: queue.Join, Subject: fmt.Sprintf("change/example/%d", n), Number: fmt.Sprintf("CHG-%d", n),
		Approved: after(-approved), Limit: 1, Within: 2 * time.Hour, Until: after(600),
	}
}

func says(kind queue.Kind, n int) queue.Word {
	return queue.Word{Kind: kind, Subject: fmt.Sprintf("change/example/%d", n), Number: fmt.Sprintf("CHG-%d", n)}
}

func holders(l queue.Line) []string {
	var out []string
	for _, h := range l.Holders {
		out = append(out, h.Number)
	}
	return out
}

func line(l queue.Line) []string {
	var out []string
	for _, w := range l.Waiting {
		out = append(out, w.Number)
	}
	return out
}

// The order is that of approval, then of the number; a turn is for one, and comes back
// with every end (C29).
func TestC29_TheOrderOfApprovalThenNumber(t *testing.T) {
	var l queue.Line
	for _, w := range []queue.Word{join(10, 30), join(9, 60), join(2, 30), join(1, 90)} {
		l.Take(w, noon)
	}
	l.Grant(noon)
	require.Equal(t, []string{"CHG-1"}, holders(l))
	require.Equal(t, []string{"CHG-9", "CHG-2", "CHG-10"}, line(l), "two numbers are compared as numbers")
	turns := l.Turns()
	require.Equal(t, queue.Told{Subject: "change/example/1", Turn: queue.Turn{Granted: true, Deadline: after(120)}}, turns[0])
	require.Equal(t, queue.Turn{Place: 2, Before: []string{"CHG-1", "CHG-9"}}, turns[2].Turn)
	l.Take(says(queue.Begin, 1), after(5))
	l.Grant(after(5))
	require.Equal(t, []string{"CHG-1"}, holders(l), "one at once")
	require.Len(t, l.Turns(), 3, "who has begun needs no word")
	l.Take(join(0, 500), after(6))
	require.Equal(t, "CHG-0", line(l)[0], "approved before all others, it came late")
	l.Take(says(queue.Leave, 0), after(7))
	l.Take(says(queue.Leave, 1), after(8))
	l.Grant(after(8))
	require.Equal(t, []string{"CHG-9"}, holders(l))
	l.Drop([]string{"change/example/9", "change/example/2"})
	l.Grant(after(9))
	require.Equal(t, []string{"CHG-10"}, holders(l))
	l.Take(says(queue.Leave, 10), after(9))
	require.True(t, l.Empty())
}

// A turn that is not used goes to the next, and whoever held it stands behind; without
// anybody else it is kept. It has to be used before its opening ends (C29).
func TestC29_ATurnThatIsNotUsed(t *testing.T) {
	var l queue.Line
	l.Take(join(1, 90), noon)
	l.Grant(noon)
	require.Zero(t, l.Next(), "nobody else waits")
	require.Empty(t, l.Pass(after(500)))
	late := join(2, 60)
	late.Until = after(90)
	l.Take(late, after(60))
	require.Equal(t, after(120), l.Next())
	require.Empty(t, l.Pass(after(119)))
	require.Equal(t, []string{"change/example/1"}, l.Pass(after(120)))
	l.Grant(after(60))
	require.Equal(t, []string{"CHG-2"}, holders(l))
	require.Equal(t, after(90), l.Next(), "its opening ends before two hours are over")
	l.Take(join(3, 10), after(61))
	require.Equal(t, []string{"CHG-3", "CHG-1"}, line(l), "who let a turn pass stands behind")
	require.Equal(t, []string{"change/example/2"}, l.Pass(after(90)))
	l.Grant(after(90))
	require.Equal(t, []string{"CHG-3"}, holders(l))
}

// A change that was begun before there was a limit counts; a higher limit lets more
// begin, and a lower one waits until fewer are left.
func TestC29_TheLimitMoves(t *testing.T) {
	var l queue.Line
	l.Take(says(queue.Begin, 7), noon)
	l.Take(join(1, 90), noon)
	l.Take(join(2, 80), noon)
	l.Grant(noon)
	require.Equal(t, []string{"CHG-7"}, holders(l))
	more := join(2, 80)
	more.Limit = 3
	l.Take(more, after(1))
	l.Grant(after(1))
	require.Equal(t, []string{"CHG-7", "CHG-1", "CHG-2"}, holders(l))
	l.Take(join(3, 70), after(2)) // one at once again
	l.Grant(after(2))
	require.Equal(t, []string{"CHG-3"}, line(l))
	l.Take(says(queue.Leave, 7), after(3))
	l.Take(says(queue.Leave, 1), after(3))
	l.Grant(after(3))
	require.Equal(t, []string{"CHG-2"}, holders(l))
}

// Whoever carries a change out hears of its turn from whenever they said so until the change
// leaves, in whatever order the two spoke (C29).
func TestC29_WhoCarriesItOutHearsOfTheTurn(t *testing.T) {
	hear := func(by string) queue.Word {
		return queue.Word{Kind: queue.Hear, Subject: "change/example/1", By: by}
	}
	var l queue.Line
	l.Take(hear("patch/1"), noon)
	require.True(t, l.Empty(), "nobody waits by hearing")
	l.Take(join(1, 30), noon)
	require.Equal(t, "patch/1", l.HearerOf("change/example/1"))
	require.Empty(t, l.HearerOf("change/example/2"))
	l.Take(hear("patch/2"), noon)
	require.Equal(t, []queue.Hearer{{Subject: "change/example/1", By: "patch/2"}}, l.Hearers, "one at a time")
	l.Grant(noon)
	require.Equal(t, []string{"CHG-1"}, holders(l))
	l.Take(says(queue.Begin, 1), noon)
	require.Equal(t, "patch/2", l.HearerOf("change/example/1"))
	l.Take(says(queue.Leave, 1), noon)
	require.Empty(t, l.Hearers)
	l.Take(hear("patch/2"), noon)
	l.Take(hear(""), noon)
	require.Empty(t, l.Hearers)
}

// Whatever is said in whatever order: never more hold a turn than may, unless they had
// begun; nobody is in the line twice, nobody who asked and did not leave is lost, and a
// turn that is free is given.
func TestC29_NothingSaidBreaksTheLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var l queue.Line
		in := map[string]bool{}
		for i := range rapid.IntRange(1, 60).Draw(t, "words") {
			now := after(i * rapid.IntRange(0, 90).Draw(t, "pause"))
			n := rapid.IntRange(1, 6).Draw(t, "change")
			w := says(rapid.SampledFrom([]queue.Kind{queue.Leave, queue.Begin}).Draw(t, "kind"), n)
			if rapid.Bool().Draw(t, "join") {
				w = join(n, rapid.IntRange(0, 90).Draw(t, "approved"))
				w.Limit = rapid.IntRange(1, 2).Draw(t, "limit")
			}
			l.Take(w, now)
			in[w.Number] = w.Kind != queue.Leave
			waited := len(l.Waiting)
			require.LessOrEqual(t, len(l.Pass(now)), waited)
			l.Grant(now)
			all := append(holders(l), line(l)...)
			slices.Sort(all)
			require.Equal(t, slices.Compact(slices.Clone(all)), all, "nobody twice")
			for number, there := range in {
				require.Equal(t, there, slices.Contains(all, number), number)
			}
			if len(l.Waiting) > 0 && l.Limit > 0 {
				require.GreaterOrEqual(t, len(l.Holders), l.Limit, "a free turn is given")
			}
			require.True(t, slices.IsSortedFunc(l.Waiting, func(a, b queue.Waiting) int {
				if a.Passed != b.Passed {
					return a.Passed - b.Passed
				}
				return a.Approved.Compare(b.Approved)
			}))
		}
	})
}

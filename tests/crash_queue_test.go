package tests

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// work is what a world plays next: points of a plot, or, with none yet, the plot
// without a crash to find out which points there are.
type work struct {
	plot   plot
	points []crashPoint
}

// queue is the work of a matrix. It is over when everything that was put in is done.
type queue struct {
	todo chan work
	open sync.WaitGroup
}

// mostWork bounds the queue: more than any matrix has.
const mostWork = 1000

func newQueue(plots []plot) *queue {
	q := &queue{todo: make(chan work, mostWork)}
	for _, p := range plots {
		q.put(work{plot: p})
	}
	go func() {
		q.open.Wait()
		close(q.todo)
	}()
	return q
}

func (q *queue) put(w work) {
	q.open.Add(1)
	q.todo <- w
}

// shift plays in one world until nothing is left, or the world has seen so many
// stories that looking through them costs more than a fresh one.
func (m *matrix) shift(t *testing.T, together bool, q *queue) (more bool) {
	var c *crashWorld
	defer func() {
		if c != nil {
			c.close()
		}
	}()
	for w := range q.todo {
		func() {
			defer q.open.Done() // also when the world cannot be made
			if c == nil {       // made when there is something to play
				c = newCrashWorld(t, together, nil)
			}
			m.work(c, together, q, w)
		}()
		if c.stories >= crashShift {
			more = true
			break
		}
	}
	if c != nil {
		require.NoError(t, c.audit())
	}
	return more
}

// work plays one part of the work. Of the points of a plot that is played for the
// first time, a part is played here and the rest put into the queue.
func (m *matrix) work(c *crashWorld, together bool, q *queue, w work) {
	if _, known := c.usual[w.plot]; !known {
		base, err := c.undisturbed(w.plot)
		if err != nil {
			c.t.Errorf("the %s story without a crash: %v", w.plot, err)
			return
		}
		if w.points == nil {
			all := enumerated(w.plot, base, together)
			m.knows(len(all))
			w.points = choose(all, m.mode, w.plot.share(m.part), m.seed, m.only)
			for len(w.points) > crashShift {
				q.put(work{w.plot, w.points[len(w.points)-crashShift:]})
				w.points = w.points[:len(w.points)-crashShift]
			}
		}
	}
	for _, p := range w.points {
		r := c.disturbed(p)
		m.add(r)
		if len(r.problems) > 0 {
			c.t.Errorf("%s: %v", p, r.problems)
		}
		c.t.Logf("%s: %s", p, r)
	}
}

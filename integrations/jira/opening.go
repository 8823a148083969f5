package jira

import (
	"context"
	"errors"

	"github.com/lowcodex/countersign/compliance"
)

// opening is a ticket that is being opened by this client just now.
type opening struct {
	done chan struct{} // closed when ref and err are set
	ref  compliance.TicketRef
	err  error
}

// mostOpened is how many tickets a client remembers that it opened: an attempt
// that is held up while a thousand others are made has run out of its time.
const mostOpened = 1000

// once lets one caller at a time open the ticket of a label, and gives those
// who came meanwhile the same ticket: the search cannot show them what was made
// a moment ago. A first attempt that was held up until its repetition was through
// gets that one's, too: it would not search. When the one ahead failed, the next goes
// on and is told to look first. It guards one process; between processes there is the
// search alone.
func (c *Client) once(ctx context.Context, label string, repeat bool, open func(repeat bool) (compliance.TicketRef, error)) (compliance.TicketRef, error) {
	for {
		c.mu.Lock()
		if ref, known := c.opened.Get(label); known && !repeat {
			c.mu.Unlock()
			return ref, nil
		}
		ahead, busy := c.openings[label]
		if !busy {
			mine := &opening{done: make(chan struct{})}
			c.openings[label] = mine
			c.mu.Unlock()
			defer func() {
				c.mu.Lock()
				if mine.err == nil {
					c.opened.Add(label, mine.ref)
				}
				delete(c.openings, label)
				c.mu.Unlock()
				close(mine.done)
			}()
			mine.err = errors.New("jira: opening a ticket did not end") // unless it does
			mine.ref, mine.err = open(repeat)
			return mine.ref, mine.err
		}
		c.mu.Unlock()
		select {
		case <-ahead.done:
			if ahead.err == nil {
				return ahead.ref, nil
			}
			repeat = true // it may have been created all the same
		case <-ctx.Done():
			return compliance.TicketRef{}, &compliance.Failure{
				Class: compliance.Unavailable, Op: opOpen, Err: ctx.Err(),
				Detail: "the same ticket was being opened for too long; nothing was opened by this attempt",
			}
		}
	}
}

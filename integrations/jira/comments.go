package jira

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	gojira "github.com/andygrunwald/go-jira"

	"github.com/lowcodex/countersign/compliance"
)

const (
	opComment  = "comment on ticket"
	opComments = "look for a comment"
	// Jira Cloud allows 5,000 comments on an issue; pages are of 100.
	commentPages    = 50
	commentsPerPage = 100
)

// comment writes the step's comment, once per key; found reports that it was
// there already. Comments are listed by issue, which is consistent at once, so
// one look is enough.
func (c *Client) comment(ctx context.Context, s compliance.TicketStep, people map[compliance.PersonID]compliance.Person, repeat bool) (found bool, err error) {
	at, err := c.locate(opComment, s.Ref)
	if err != nil {
		return false, err
	}
	if repeat {
		if found, err := c.commented(ctx, at, mark(s.Key)); err != nil || found {
			return found, err
		}
	}
	body := renderComment(s, people, c.cfg.Zone, c.cfg.MoreURL)
	ctx, x := c.wire.Begin(ctx, opComment)
	made, _, err := c.api.Issue.AddCommentWithContext(ctx, at, &gojira.Comment{Body: body})
	if f := x.Failure(err); f != nil {
		return false, f
	}
	if made.ID == "" {
		return false, &compliance.Failure{Class: compliance.UnknownOutcome, Op: opComment, Detail: "the answer does not name the comment"}
	}
	return false, nil
}

// commented reports whether the bot has written a comment that carries the
// mark. Somebody else's comment that quotes it does not count: it would keep
// the true one from being written.
func (c *Client) commented(ctx context.Context, at, token string) (bool, error) {
	bot, err := c.Bot(ctx)
	if err != nil {
		return false, err
	}
	for page := range commentPages {
		var answer struct {
			Total    int
			Comments []struct {
				Body   string
				Author struct{ AccountID string }
			}
		}
		path := fmt.Sprintf("issue/%s/comment?startAt=%d&maxResults=%d&orderBy=-created", at, page*commentsPerPage, commentsPerPage)
		if err := c.call(ctx, opComments, http.MethodGet, path, nil, &answer); err != nil {
			return false, err
		}
		for _, comment := range answer.Comments {
			if comment.Author.AccountID == bot && strings.Contains(comment.Body, token) {
				return true, nil
			}
		}
		if len(answer.Comments) == 0 || (page+1)*commentsPerPage >= answer.Total {
			return false, nil
		}
	}
	return false, blocked(opComments, "the ticket has more than %d comments: go on with a new ticket", commentPages*commentsPerPage)
}

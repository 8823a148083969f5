package pages

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/lowcodex/countersign/integrations/slack/slacktest"
)

// viewBlocks are the blocks of a form as the app sent it.
func viewBlocks(v slacktest.View) json.RawMessage {
	var raw struct {
		Blocks json.RawMessage `json:"blocks"`
	}
	_ = json.Unmarshal(v.Raw, &raw) // the stand-in has checked its form
	return raw.Blocks
}

// timestamp is the instant in a message's timestamp, zero when there is none.
func timestamp(ts string) time.Time {
	seconds, micros, _ := strings.Cut(ts, ".")
	s, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return time.Time{}
	}
	us, err := strconv.ParseInt(micros, 10, 64)
	if err != nil {
		us = 0
	}
	return time.Unix(s, us*1000)
}

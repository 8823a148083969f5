package slacktest

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// content is what a message consists of.
type content struct {
	text     string
	blocks   json.RawMessage // nil: not given
	metadata json.RawMessage // nil: not given
	warnings []string
}

// readContent checks text, blocks and metadata as Slack does.
func (s *Server) readContent(a args, tooLong string) (content, *apiError) {
	c := content{text: a.str("text")}
	if a.given("blocks") && a["blocks"] != nil && a["blocks"] != "" {
		v, err := jsonArg(a["blocks"])
		if err != nil {
			return c, failed("invalid_blocks_format")
		}
		l := &lint{}
		l.blocks(v, "/blocks", maxMessageBlocks, false)
		if len(l.faults) > 0 {
			return c, failed("invalid_blocks", l.faults...)
		}
		if text, all := textSize(v), jsonSize(v); text > maxBlocksText || all > maxBlocksJSON {
			return c, failed(tooLong, fmt.Sprintf("[ERROR] %d characters of text, %d of JSON", text, all))
		}
		s.fillIDs(v)
		c.blocks, _ = json.Marshal(v) // it came from JSON
	}
	if strings.TrimSpace(c.text) == "" && (len(c.blocks) == 0 || string(c.blocks) == "[]") {
		return c, failed("no_text")
	}
	if utf8.RuneCountInString(c.text) > maxPostText {
		c.text = string([]rune(c.text)[:maxPostText])
		c.warnings = append(c.warnings, "message_truncated")
	}
	if v := a["metadata"]; a.given("metadata") && v != nil && v != "" {
		raw, fail := readMetadata(v)
		if fail != nil {
			return c, fail
		}
		c.metadata = raw
	}
	return c, nil
}

func readMetadata(v any) (json.RawMessage, *apiError) {
	parsed, err := jsonArg(v)
	m := object(parsed)
	if err != nil || m == nil {
		return nil, failed("invalid_metadata_format")
	}
	raw, _ := json.Marshal(m) // it came from JSON
	if len(m) == 0 {
		return json.RawMessage{}, nil // an empty object removes the metadata
	}
	if str(m["event_type"]) == "" || object(m["event_payload"]) == nil || len(str(m["event_type"])) > 255 {
		return nil, failed("invalid_metadata_schema")
	}
	if len(raw) > maxMetadata {
		return nil, failed("metadata_too_large")
	}
	return raw, nil
}

// jsonArg reads an argument that is JSON, in a form as text.
func jsonArg(v any) (any, error) {
	text, ok := v.(string)
	if !ok {
		return v, nil
	}
	var out any
	return out, json.Unmarshal([]byte(text), &out)
}

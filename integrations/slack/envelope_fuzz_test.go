package slack

import (
	"net/http"
	"testing"

	"github.com/gorilla/websocket"
)

// Whatever a message holds, it is an envelope with all that is needed or a refusal;
// it is posted to one of two paths; and nothing but an answer of 200, or a
// repetition that would be refused again, acknowledges it.
func FuzzEnvelope(f *testing.F) {
	for _, seed := range []string{
		`{"type":"hello","num_connections":1,"connection_info":{"app_id":"A1"}}`, `{"type":"disconnect","reason":"warning"}`,
		`{"type":"interactive","envelope_id":"E1","accepts_response_payload":true,"payload":{"type":"block_actions"}}`,
		`{"type":"slash_commands","envelope_id":"E2","payload":{"command":"/incident","text":null,"is_enterprise_install":false,"n":{"a":1}}}`,
		`{"type":"slash_commands","envelope_id":"E3","payload":"text"}`, `{"type":"events_api","envelope_id":"E4","retry_attempt":1}`,
	} {
		f.Add([]byte(seed), 200, []byte(`{"response_action":"clear"}`))
		f.Add([]byte(seed), 503, []byte("text"))
	}
	f.Fuzz(func(t *testing.T, raw []byte, status int, body []byte) {
		e, ref := parseEnvelope(websocket.TextMessage, raw)
		if ref != nil {
			return
		}
		if r, ours := posted(t.Context(), e); ours {
			if r.Method != http.MethodPost || (r.URL.Path != PathInteractions && r.URL.Path != PathCommands) || !overSocket(r.Context()) {
				t.Fatalf("posted to %s %s", r.Method, r.URL.Path)
			}
		}
		frame := settle(e, status, body)
		if len(frame) >= maxFrame {
			t.Fatalf("%d bytes", len(frame))
		}
		if frame != nil && status != http.StatusOK && (e.RetryAttempt == 0 || status < 400 || status > 499) {
			t.Fatalf("%d acknowledges", status)
		}
	})
}

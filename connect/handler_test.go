package connect_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"

	"github.com/lowcodex/countersign/connect"
)

const uiOrigin = "http://127.0.0.1:8233"

func codecServer(t *testing.T, keys *connect.KeyRing) *httptest.Server {
	t.Helper()
	h, err := connect.CodecHandler(keys, connect.CodecOptions{Origins: []string{uiOrigin}, Allow: connect.Bearer("t0ken")})
	require.NoError(t, err)
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server
}

// The SDK's own client of such an endpoint reads what a worker wrote.
func TestCodecHandler_ServesTheSDKsClient(t *testing.T) {
	keys := ring(t, "a")
	server := codecServer(t, keys)
	stored, err := connect.NewDataConverter(keys, connect.Worker).ToPayload("approve")
	require.NoError(t, err)
	for token, want := range map[string]string{"t0ken": `"approve"`, "guess": "Unauthorized"} {
		remote := converter.NewRemoteDataConverter(converter.GetDefaultDataConverter(), converter.RemoteDataConverterOptions{
			Endpoint: server.URL,
			ModifyRequest: func(r *http.Request) error {
				r.Header.Set("Authorization", "Bearer "+token)
				return nil
			},
		})
		require.Contains(t, remote.ToString(stored), want)
	}
}

func TestCodecHandler_Requests(t *testing.T) {
	server := codecServer(t, ring(t, "a"))
	other, err := connect.NewCodec(ring(t, "b"), connect.Client).Encode([]*commonpb.Payload{{Data: []byte("x")}})
	require.NoError(t, err)
	unknownKey := `{"payloads":[{"metadata":{"encoding":"YmluYXJ5L2VuY3J5cHRlZA==","encryption-key-id":"Yg=="},"data":"AAAA"}]}`
	require.NotEmpty(t, other)
	for name, test := range map[string]struct {
		method, path, origin, auth, body string
		status                           int
		cors                             string
	}{
		"preflight":         {"OPTIONS", "/decode", uiOrigin, "", "", http.StatusNoContent, uiOrigin},
		"preflight, others": {"OPTIONS", "/decode", "http://evil.example", "", "", http.StatusForbidden, ""},
		"from the UI":       {"POST", "/decode", uiOrigin, "Bearer t0ken", `{"payloads":[]}`, http.StatusOK, uiOrigin},
		"encode":            {"POST", "/encode", uiOrigin, "Bearer t0ken", `{"payloads":[]}`, http.StatusOK, uiOrigin},
		"from a tool":       {"POST", "/decode", "", "Bearer t0ken", `{"payloads":[]}`, http.StatusOK, ""},
		"from another site": {"POST", "/decode", "http://evil.example", "Bearer t0ken", `{"payloads":[]}`, http.StatusForbidden, ""},
		"null origin":       {"POST", "/decode", "null", "Bearer t0ken", `{"payloads":[]}`, http.StatusForbidden, ""},
		"no token":          {"POST", "/decode", "", "", `{"payloads":[]}`, http.StatusUnauthorized, ""},
		"empty token":       {"POST", "/decode", "", "Bearer ", `{"payloads":[]}`, http.StatusUnauthorized, ""},
		"wrong token":       {"POST", "/decode", "", "Bearer t0ke", `{"payloads":[]}`, http.StatusUnauthorized, ""},
		"wrong scheme":      {"POST", "/decode", "", "Basic t0ken", `{"payloads":[]}`, http.StatusUnauthorized, ""},
		"other path":        {"POST", "/keys", "", "Bearer t0ken", `{}`, http.StatusNotFound, ""},
		"GET":               {"GET", "/decode", "", "Bearer t0ken", ``, http.StatusNotFound, ""},
		"not JSON":          {"POST", "/decode", "", "Bearer t0ken", `?`, http.StatusBadRequest, ""},
		"unknown key":       {"POST", "/decode", "", "Bearer t0ken", unknownKey, http.StatusBadRequest, ""},
		"too large":         {"POST", "/decode", "", "Bearer t0ken", `{"payloads":["` + strings.Repeat("x", 17<<20) + `"]}`, http.StatusBadRequest, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), test.method, server.URL+test.path, bytes.NewBufferString(test.body))
			require.NoError(t, err)
			if test.origin != "" {
				r.Header.Set("Origin", test.origin)
			}
			if test.auth != "" {
				r.Header.Set("Authorization", test.auth)
			}
			answer, err := http.DefaultClient.Do(r)
			require.NoError(t, err)
			text, err := io.ReadAll(answer.Body)
			require.NoError(t, err)
			require.NoError(t, answer.Body.Close())
			require.Equal(t, test.status, answer.StatusCode, "%s", text)
			require.Equal(t, test.cors, answer.Header.Get("Access-Control-Allow-Origin"))
			require.NotContains(t, string(text), "t0ken")
		})
	}
}

func TestCodecHandler_RefusesToBeOpen(t *testing.T) {
	allow := connect.Bearer("t0ken")
	for name, o := range map[string]connect.CodecOptions{
		"nobody asked":  {Origins: []string{uiOrigin}},
		"any origin":    {Origins: []string{"*"}, Allow: allow},
		"a wildcard":    {Origins: []string{"https://*.example.com"}, Allow: allow},
		"with a path":   {Origins: []string{uiOrigin + "/ui"}, Allow: allow},
		"not an origin": {Origins: []string{"localhost"}, Allow: allow},
	} {
		_, err := connect.CodecHandler(nil, o)
		require.Error(t, err, name)
	}
	require.False(t, connect.Bearer("")(nil, ""), "an empty token allows nobody")
}

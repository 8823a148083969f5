package alertmanager_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/alertmanager"
)

func TestGenericAlertBecomesAnEvent(t *testing.T) {
	i, h := genericHandler(t)
	w := post(h, `{"key":"queue/orders","firing":true,"title":"Queue is growing","text":"40 minutes","severity":"high","system":"billing",
	 "link":"https://monitor.example/1","labels":{"zone":"eu","host":"a"},"starts_at":"2026-11-21T04:00:00+01:00","delivery":"17"}`)
	require.Equal(t, http.StatusOK, w.Code, w.Body.String())
	ev := i.all()[0]
	require.Regexp(t, `^generic/[0-9a-f]{64}$`, ev.Delivery)
	ev.Delivery = ""
	require.Equal(t, compliance.AlertEvent{
		Source: "generic", Key: "queue/orders", Firing: true, Severity: "high", System: "billing", Title: "Queue is growing", Text: "40 minutes",
		Link: "https://monitor.example/1", Labels: []compliance.Label{{Name: "host", Value: "a"}, {Name: "zone", Value: "eu"}},
		StartsAt: time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC), Received: received,
	}, ev)

	require.Equal(t, http.StatusOK, post(h, `{"alerts":[{"key":"queue/orders","firing":false,"ends_at":"2026-11-21T05:00:00Z"},
	 {"key":"k2","firing":true,"title":"t","labels":{"severity":"low","service":"crm"}}]}`).Code)
	require.Len(t, i.all(), 3)
	byKey := map[string]compliance.AlertEvent{}
	for _, ev := range i.all()[1:] { // handed over side by side
		byKey[ev.Key] = ev
	}
	require.Equal(t, "queue/orders", byKey["queue/orders"].Title, "what is over need not say again what it was")
	require.Equal(t, time.Date(2026, 11, 21, 5, 0, 0, 0, time.UTC), byKey["queue/orders"].EndsAt)
	require.Equal(t, []string{"low", "crm"}, []string{byKey["k2"].Severity, byKey["k2"].System})
}

// What one request says about one alert is handed over in its order, whatever
// else is handed over side by side with it.
func TestReportsAboutOneAlertKeepTheirOrder(t *testing.T) {
	i, h := genericHandler(t)
	var body strings.Builder
	for n := range 50 {
		fmt.Fprintf(&body, `{"key":"k%d","firing":true,"title":"%d"},`, n%5, n)
	}
	require.Equal(t, http.StatusOK, post(h, `{"alerts":[`+strings.TrimSuffix(body.String(), ",")+`]}`).Code)
	last := map[string]int{}
	for _, ev := range i.all() {
		n, err := strconv.Atoi(ev.Title)
		require.NoError(t, err)
		require.GreaterOrEqual(t, n, last[ev.Key])
		last[ev.Key] = n
	}
	require.Len(t, i.all(), 50)
}

// The same report has the same delivery, by the sender's word or by its content.
func TestGenericDeliveries(t *testing.T) {
	i, h := genericHandler(t)
	for _, body := range []string{
		`{"key":"k","firing":true,"title":"t"}`, `{"key":"k","firing":true,"title":"t"}`, `{"key":"k","firing":true,"title":"t","starts_at":"2026-11-21T05:00:00Z"}`,
		`{"key":"k","firing":true,"title":"t","delivery":"1"}`, `{"key":"k","firing":true,"title":"other words","delivery":"1"}`, `{"key":"k2","firing":true,"title":"t","delivery":"1"}`,
	} {
		require.Equal(t, http.StatusOK, post(h, body).Code)
	}
	d := deliveries(i.all())
	require.Equal(t, d[0], d[1])
	require.NotEqual(t, d[1], d[2])
	require.Equal(t, d[3], d[4])
	require.NotEqual(t, d[4], d[5], "a delivery belongs to its alert")
}

func TestGenericSignature(t *testing.T) {
	body := `{"key":"k","firing":true,"title":"t"}`
	sign := func(secret, text string) string {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(text))
		return "sha256=" + hex.EncodeToString(mac.Sum(nil))
	}
	for name, c := range map[string]struct {
		signature string
		status    int
	}{
		"ours":             {sign(token, body), 200},
		"the token before": {sign("old-token-0123456789", body), 200},
		"somebody else's":  {sign("another-token-0123456789", body), 401},
		"of another body":  {sign(token, body+" "), 401},
		"another scheme":   {strings.Replace(sign(token, body), "sha256", "sha1", 1), 401},
		"not hex":          {"sha256=zz", 401},
		"none":             {"", 401},
	} {
		t.Run(name, func(t *testing.T) {
			i, h := genericHandler(t)
			w := post(h, body, func(r *http.Request) {
				r.Header.Del("Authorization")
				r.Header.Set(alertmanager.SignatureHeader, c.signature)
			})
			require.Equal(t, c.status, w.Code)
			require.Equal(t, c.status == 200, len(i.all()) == 1)
		})
	}
}

// A request is taken whole, or refused with what is wrong and where.
func TestGenericRequestsAreRefusedWithAReason(t *testing.T) {
	for body, says := range map[string]string{
		`[]`:                                    "not a JSON object",
		`{}`:                                    "the alert: key is missing",
		`{"key":"k"}`:                           "firing is missing",
		`{"key":"k","firing":true}`:             "title is missing",
		`{"key":"k","firing":"yes"}`:            "firing must be bool",
		`{"key":7,"firing":true}`:               "key must be string",
		`{"key":"k","firing":true,"titel":"t"}`: `there is no field "titel"`,
		`{"key":"k","firing":true,"title":"t","starts_at":"noon"}`:                              "2026-11-21T03:04:05Z",
		`{"key":"k","firing":true,"title":"t"} {}`:                                              "not a JSON object",
		`{"key":"` + strings.Repeat("k", 1001) + `","firing":true,"title":"t"}`:                 "1000 bytes",
		`{"alerts":[{"key":"k","firing":true,"title":"t"},{"key":"k2","firing":true}]}`:         "alerts[1]: title is missing",
		`{"alerts":[{"key":"k","firing":true,"title":"t"}],"source":"x"}`:                       `there is no field "source"`,
		`{"alerts":[` + strings.Repeat(`{"key":"k","firing":true,"title":"t"},`, 2000) + `{}]}`: "2001 alerts, 2000 are taken at once",
		`{"key":"k","firing":true,"title":"t","labels":["a"]}`:                                  "labels must be",
		`{"alerts":[{"key":"k","firing":true,"title":"t"},null]}`:                               "alerts[1]: key is missing",
		`{"key":"k","firing":true,"title":"t","ends_at":"9999-12-31T23:59:59-12:00"}`:           "year 9999",
	} {
		i, h := genericHandler(t)
		w := post(h, body)
		require.Equal(t, http.StatusBadRequest, w.Code, body)
		require.Contains(t, w.Body.String(), says)
		require.Empty(t, i.all(), "nothing half-done")
		require.Equal(t, map[string]int{alertmanager.RequestMalformed: 1}, i.counts)
	}
	i, h := genericHandler(t)
	require.Equal(t, http.StatusOK, post(h, `{"alerts":[]}`).Code)
	require.Empty(t, i.all())
}

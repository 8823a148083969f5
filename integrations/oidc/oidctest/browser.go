package oidctest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

var requestID = regexp.MustCompile(`name="request" value="([a-z0-9]+)"`)

// Choices on the stand-in's page.
const (
	Second   = "second"   // password and second factor
	Password = "password" // password alone
	Cancel   = "cancel"
)

// Choose does what a person does on the stand-in's page: opens the address they
// were sent to, picks somebody and how they authenticate. It returns where the
// person is sent back to, without going there.
func Choose(ctx context.Context, client *http.Client, authorize, subject, how string) (string, error) {
	page, status, err := fetch(ctx, client, authorize, nil)
	if err != nil {
		return "", err
	}
	id := requestID.FindStringSubmatch(page)
	if id == nil {
		return "", fmt.Errorf("the provider shows no sign-in (status %d): %s", status, strings.TrimSpace(page))
	}
	u, err := url.Parse(authorize)
	if err != nil {
		return "", err
	}
	u.RawQuery = ""
	back := ""
	staying := *client
	staying.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		back = r.URL.String()
		return http.ErrUseLastResponse
	}
	page, status, err = fetch(ctx, &staying, u.String(), url.Values{"request": {id[1]}, "person": {subject}, "do": {how}})
	if err != nil {
		return "", err
	}
	if back == "" {
		return "", fmt.Errorf("the provider sends nobody back (status %d): %s", status, strings.TrimSpace(page))
	}
	return back, nil
}

func fetch(ctx context.Context, client *http.Client, address string, form url.Values) (string, int, error) {
	method := http.MethodGet
	if form != nil {
		method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return "", 0, err
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := client.Do(r)
	if err != nil {
		return "", 0, err
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	return string(body), answer.StatusCode, errors.Join(err, answer.Body.Close())
}

package app

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// healthWithin is less than what docker-compose.yml gives a health check.
const healthWithin = 4 * time.Second

// Healthcheck asks a page such as http://127.0.0.1:8091/readyz and says what it
// answers when it is not 200: the health check of an image that holds no other program.
func Healthcheck(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, healthWithin)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil || req.URL.Scheme != "http" && req.URL.Scheme != "https" || req.URL.Host == "" {
		return fmt.Errorf("%q is no address to ask: give one such as http://127.0.0.1:8091/readyz", address)
	}
	// Directly: a proxy of the environment is for the world outside.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		said, _ := io.ReadAll(io.LimitReader(resp.Body, 200)) // what there is of it
		return fmt.Errorf("HTTP %d: %s", resp.StatusCode, said)
	}
	return nil
}
